import { AppError } from "../domain/errors.ts";
import { quoteWord } from "../domain/posix-words.ts";
import type { SessionKey } from "../domain/session.ts";
import type { HeldLock, LockHolder } from "../domain/store.ts";
import type { OpenedWindow } from "../stores/opened-windows.ts";
import type { Context } from "./context.ts";
import { hintCommand } from "./hint-command.ts";
import { ownWindowOf } from "./own-windows.ts";
import { type RunningTurn, settleSession } from "./settle.ts";
import type { TurnTicket } from "./turn-ticket.ts";

/** How often a waiting caller looks, where the kernel does not tell of changes. */
const LOOK_MS = 200;

export interface TakeRequest {
  key: SessionKey;
  /** What people call the conversation: its name, or its id. */
  label: string;
  /** Where the name is looked for; what hints need to say it. */
  workspace: string;
  ticket: TurnTicket;
  ifBusy: "wait" | "fail";
  signal?: AbortSignal | undefined;
  /** Called once nobody who comes later can be served before; again where it is taken anew. */
  onPlaced?: (() => void) | undefined;
}

/**
 * Takes a conversation for one turn, after settling what earlier turns left behind. While another turn runs in
 * it, or somebody else waits who came first, it waits or fails, as asked.
 *
 * @throws AppError `busy`, also where nobody can see whether the other turn still runs; `own_conversation`
 * when the other turn is one that this process is part of: that one could only end after us, so waiting
 * would never end; the signal's reason.
 */
export async function takeSession(context: Context, request: TakeRequest): Promise<HeldLock> {
  const { key, ticket, label, signal } = request;
  const { lock, queue } = context.store.session(key);
  const look = async () => (await settleSession(context, key.agent, key.sessionId))[0];
  const join = () => {
    const { turnId, arrival, calledBy } = ticket;
    return queue.join({
      turnId,
      arrival,
      calledBy,
      process: context.self,
      since: context.now().toISOString(),
    });
  };
  // An accepted turn stands in line already; it takes its place over, so as to leave it.
  let place = ticket.acceptedAt === undefined ? undefined : await join();
  let hasTold = false;
  try {
    for (;;) {
      if (signal?.aborted) throw endedInLine(signal.reason, label);
      let running = await look();
      const ahead = (await queue.waiting()).filter(({ arrival }) => arrival < ticket.arrival);
      if (running === undefined && ahead.length === 0) {
        const held = await lock.tryTake(ticket.turnId);
        // A turn may have been left behind between the look and the lock.
        running = held === undefined ? undefined : await look();
        if (held !== undefined && running === undefined) {
          request.onPlaced?.();
          return held;
        }
        await held?.release();
      }
      if (running !== undefined) refuse(context, label, running);
      const state = await lock.state();
      if (state.state === "elsewhere") throw unreachable(label, state.holder);
      const holder = running ?? ownWindowOf(context, key);
      if (isWindow(holder)) refuseOwn(context, label, holder.id);
      if (request.ifBusy === "fail") throw busy(context, request, holder);
      place ??= await join();
      request.onPlaced?.();
      if (!hasTold) {
        hasTold = true;
        context.notify(`${describe(label, holder)}; waiting${behind(ahead.length)}.`);
      }
      await lock.changed(LOOK_MS);
    }
  } finally {
    await place?.leave();
  }
}

/**
 * Turns for which waiting would be wrong.
 *
 * @throws AppError
 */
export function refuse(context: Context, label: string, running: RunningTurn): void {
  if (running.problem !== undefined) throw running.problem;
  if (running.liveness === "elsewhere") {
    const { caller, turnId, startedAt } = running.plan;
    throw unreachable(label, { turnId, process: caller, since: startedAt });
  }
  refuseOwn(context, label, running.plan.turnId);
}

/** @throws AppError `own_conversation` where this command is part of what holds the conversation */
export function refuseOwn(context: Context, label: string, id: string): void {
  const chain = (context.env.AGENT_SESSIONS_CHAIN ?? "").split(",");
  if (!chain.includes(id)) return;
  throw new AppError(
    "own_conversation",
    `${JSON.stringify(label)} is the conversation that this command was started from; it can't answer before this command ends.`,
    {
      hint: "Create another conversation for the question, or answer it here.",
      facts: { turn_id: id },
    },
  );
}

/** What a conversation is busy with. */
type Holder = RunningTurn | OpenedWindow;

function isWindow(holder: Holder | undefined): holder is OpenedWindow {
  return holder !== undefined && "process" in holder;
}

/** Says for whom one waits and since when. */
function describe(label: string, holder: Holder | undefined): string {
  if (isWindow(holder)) {
    const { since, process } = holder;
    return `${JSON.stringify(label)} is open in a window since ${since} (process ${process.pid})`;
  }
  if (holder === undefined) return `${JSON.stringify(label)} is busy`;
  const { calledBy, startedAt, turnId } = holder.plan;
  const whose = calledBy === undefined ? "" : ` of ${calledBy}`;
  return `${JSON.stringify(label)} is busy since ${startedAt} with turn ${turnId}${whose}`;
}

function behind(count: number): string {
  return count === 0 ? " for its end" : `, ${count} came before`;
}

export function busy(
  context: Context,
  { label, workspace }: Pick<TakeRequest, "label" | "workspace">,
  holder: Holder | undefined,
): AppError {
  const command = (verb: string) => hintCommand(context, verb, { name: label, workspace });
  if (isWindow(holder)) {
    return new AppError("busy", `${describe(label, holder)}.`, {
      hint: "Close the window, or wait for that with --if-busy wait.",
      facts: { since: holder.since, turn_id: null, pid: holder.process.pid },
    });
  }
  return new AppError("busy", `${describe(label, holder)}.`, {
    hint: `Wait for it with --if-busy wait, get its answer with: ${command("wait")}   or end it with: ${command("cancel")}`,
    facts: { since: holder?.plan.startedAt ?? null, turn_id: holder?.plan.turnId ?? null },
  });
}

/** The end of a wait in line, by a signal or a deadline: nothing has begun. */
export function endedInLine(reason: unknown, label: string): unknown {
  if (!(reason instanceof AppError)) return reason;
  return new AppError(reason.code, `${reason.message} Nothing was sent to ${JSON.stringify(label)}.`, {
    hint: reason.hint,
  });
}

function unreachable(label: string, holder: LockHolder): AppError {
  return new AppError(
    "busy",
    `A turn in ${JSON.stringify(label)} was started at ${holder.since} on another machine or in another container; nobody can see from here whether it still runs.`,
    {
      hint: `If that machine or container is gone for good, free the conversation with: agent-sessions doctor --break-lock ${quoteWord(label)}`,
      facts: { turn_id: holder.turnId, since: holder.since },
    },
  );
}
