import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import { entrySince } from "../../domain/names/renames.ts";
import { type Cancellation, cancellationError } from "../../domain/turn/cancellation.ts";
import { startFold } from "../../domain/turn/fold.ts";
import type { TurnFolder } from "../../stores/file/turns/folder.ts";
import { hasBegun, type OpenTurn, type QueuedTurn } from "../../stores/file/turns/turns.ts";
import { nextChange } from "../../system/lines/next-change.ts";
import { livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { endedInLine } from "../turn/acquire.ts";
import { finishTurn } from "../turn/ending/finish.ts";
import { giveUpName } from "../turn/ending/publish.ts";
import { putAside } from "../turn/ending/put-aside.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { startDeadline } from "../turn/running/deadline.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { settleTurn } from "../turn/settle.ts";
import { isSameProcess } from "../turn/waiting/keeper.ts";
import { endQueued } from "../turn/waiting/never-began.ts";
import { readyAfter } from "../turn/warm/ready-after.ts";
import { runFirstTurn } from "./first-turn.ts";
import { refuseOther } from "./last-used.ts";
import { sendWhenFree } from "./send-when-free.ts";

/**
 * How often the attendant checks for a `cancel`: in the queue, where the kernel also reports changes, and
 * while the agent runs.
 */
const LINE_MS = 5_000;
const LOOK_MS = 200;
const START_MS = 5;

/** What becomes of a turn that runs without its caller, beyond what its folder says. */
interface Attendance {
  /** Aborted when somebody asks this process to end: the machine shuts down, or a person goes home. */
  ended: AbortSignal;
  /** Aborted when this process is to begin no other turn. */
  retired?: AbortSignal;
  /** The turn begins only after this, which never rejects. */
  before?: Promise<void>;
  /** Called once the agent runs. */
  onStarted?: () => void;
}

/** Runs the turn of which this process is to be the attendant, once it is on record as such. */
export async function attendMine(context: Context, turnId: string, ended: AbortSignal): Promise<void> {
  const turn = context.turns.unended(turnId);
  if (turn !== undefined && (await isMine(context, turn))) await attendTurn(context, turn, { ended });
}

/**
 * Runs one turn that was accepted to run in the background, from its place in the queue to its end. An error
 * on the way becomes the result of the turn, for later commands.
 */
export async function attendTurn(
  context: Context,
  turn: OpenTurn | QueuedTurn,
  attendance: Attendance,
): Promise<void> {
  const { folder } = turn;
  const { ended, retired, onStarted } = attendance;
  const cancelled = new AbortController();
  const over = new AbortController();
  const watching = watchForCancel(folder, over.signal, (cancellation) => {
    cancelled.abort(cancellationError(cancellation, true));
  });
  // A turn that has begun is not ended because no other may begin.
  const unbegun = new AbortController();
  const letGo = () => {
    if (folder.plan() === undefined) unbegun.abort(retired?.reason);
  };
  if (retired?.aborted) letGo();
  retired?.addEventListener("abort", letGo, { once: true, signal: over.signal });
  const { deadlineAt } = hasBegun(turn) ? turn.plan : turn.accepted;
  const ending = AbortSignal.any([ended, cancelled.signal, unbegun.signal]);
  const deadlineMs =
    deadlineAt === undefined ? undefined : Math.max(0, Date.parse(deadlineAt) - context.now().getTime());
  const message = `The deadline of ${deadlineAt} has passed.`;
  const deadline = startDeadline(context, { deadlineMs, message, signal: ending });
  const listener = { signal: deadline?.signal ?? ending, onStarted };
  try {
    if (hasBegun(turn)) await attendCreate(context, turn, listener, ended);
    else await attendSend(context, turn, listener, { ...attendance, unbegun: unbegun.signal });
  } finally {
    over.abort();
    deadline?.stop();
    await watching;
  }
}

async function watchForCancel(
  folder: TurnFolder,
  over: AbortSignal,
  onCancel: (cancellation: Cancellation) => void,
): Promise<void> {
  let isOpen = false;
  while (!over.aborted) {
    const cancellation = folder.cancellation();
    if (cancellation !== undefined) return onCancel(cancellation);
    isOpen ||= folder.plan() !== undefined;
    // A running agent changes the folder constantly, so a watch would not pause.
    if (isOpen) await sleep(LOOK_MS, undefined, { signal: over }).catch(() => undefined);
    else await nextChange(folder.path, LINE_MS, { signal: over });
  }
}

/**
 * Waits until this process is on record as the turn's attendant. Returns false if another process is, or if
 * the starter dies before it has recorded any.
 */
async function isMine(context: Context, turn: OpenTurn | QueuedTurn): Promise<boolean> {
  const starter = hasBegun(turn) ? turn.plan.caller : turn.accepted.caller;
  for (;;) {
    const isGone = livenessOf(starter) === "gone";
    const attendant = turn.folder.attendant();
    if (isSameProcess(attendant, context.self())) return true;
    // Of one that is gone, the record stays until this process is on record.
    if (attendant !== undefined && livenessOf(attendant) !== "gone") return false;
    // Its starter could not go on, and has withdrawn the turn.
    const isWithdrawn = context.turns.unended(turn.folder.turnId) === undefined;
    if (isGone || isWithdrawn) return false;
    await sleep(START_MS);
  }
}

async function attendSend(
  context: Context,
  queued: QueuedTurn,
  listener: TurnListener,
  { ended, before, unbegun }: Attendance & { unbegun: AbortSignal },
): Promise<void> {
  const { folder, accepted } = queued;
  const { turnId, arrival, calledBy, acceptedAt, deadlineAt, scope, name, sessionId } = accepted;
  const resolve = async () => {
    const names = await context.store.list(scope);
    const entry = entrySince(names, name, sessionId) ?? names.entries.get(name);
    if (entry !== undefined) return { scope, entry };
    throw new AppError("no_such_name", `The name ${JSON.stringify(name)} was removed before the turn began.`);
  };
  try {
    if (before !== undefined) await orAborted(before, listener.signal, name);
    await sendWhenFree(
      context,
      {
        ...accepted,
        workspace: accepted.cwd,
        mode: { kind: accepted.isRetry ? "retry" : "plain" },
        prompt: folder.prompt(),
        ticket: { turnId, arrival, calledBy, acceptedAt, deadlineAt },
      },
      listener,
      resolve,
      (to) => refuseOther(context, to, accepted.usedId),
    );
  } catch (error) {
    const plan = folder.plan();
    if (plan !== undefined && folder.agentProcess() !== undefined) await leave(context, { folder, plan });
    // Nobody has cancelled the turn: it waits for another process.
    else if ((ended.aborted || unbegun.aborted) && folder.cancellation() === undefined) {
      if (plan !== undefined) context.turns.takeBack(folder);
    } else await endQueued(context, queued, reasonOf(error));
  }
}

/** @throws the reason of the signal, if it is aborted first */
async function orAborted(before: Promise<void>, signal: AbortSignal | undefined, label: string) {
  const aborted = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([before, aborted]);
  if (signal?.aborted) throw endedInLine(signal.reason, label);
}

async function attendCreate(
  context: Context,
  turn: OpenTurn,
  listener: TurnListener,
  ended: AbortSignal,
): Promise<void> {
  const { folder, plan } = turn;
  let result: TurnResult;
  try {
    result = await runFirstTurn(context, turn, listener);
  } catch (error) {
    if (folder.agentProcess() !== undefined) return leave(context, turn);
    // Nobody has cancelled the turn: it waits for another process.
    if (ended.aborted && folder.cancellation() === undefined) return;
    await giveUpName(context, plan);
    const { code, message } = reasonOf(error);
    const isAsked = code === "cancelled" || code === "terminated";
    const outcome = isAsked ? "cancelled" : code === "deadline" ? code : "failed";
    const ending = await finishTurn(context, turn, {
      folded: startFold(),
      agentEnd: { kind: "unseen" },
      ended: { outcome, failure: { code, message } },
    });
    await putAside(context, { folder, onEnd: plan.onEnd }, ending, { where: "settled", hasRunHere: true });
    return;
  }
  await readyAfter(context, plan, result);
}

/** Leaves a turn whose agent has a process, and settles it like any turn whose command is gone. */
async function leave(context: Context, turn: OpenTurn): Promise<void> {
  turn.folder.leave();
  const still = await settleTurn(context, turn);
  if (still?.problem !== undefined) throw still.problem;
}

function reasonOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError("internal", error instanceof Error ? error.message : String(error));
}
