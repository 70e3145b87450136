import { withVariables } from "../../../domain/agent/variables.ts";
import { AppError } from "../../../domain/errors.ts";
import { cancellationError } from "../../../domain/turn/cancellation.ts";
import { type Folded, startFold } from "../../../domain/turn/fold.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { spawnGated } from "../../../system/processes/start-gate.ts";
import type { Context } from "../../context.ts";
import { rememberUse } from "../../last-use.ts";
import type { RunningAgent } from "../../warm-agents.ts";
import { finishTurn } from "../ending/finish.ts";
import { endedBy, type TurnEnding } from "../ending/judge.ts";
import { putAside } from "../ending/put-aside.ts";
import type { TurnResult } from "../ending/result.ts";
import { watchBudget } from "./budget-limit.ts";
import { watchCancellation } from "./cancellation.ts";
import type { TurnListener } from "./listener.ts";
import { afterPuttingBack } from "./lost.ts";
import { watchOutput } from "./output-limit.ts";
import { hasRunNothing, withoutPromptId } from "./prompt-id-refused.ts";
import { readBehind } from "./read-behind.ts";
import { watchSilence } from "./stall.ts";
import { endAgent, Stop } from "./stop.ts";
import { turnOver } from "./turn-over.ts";
import { turnVariables } from "./turn-variables.ts";

/**
 * Runs a prepared turn to its end and returns its result. The caller holds the conversation's lock, or the
 * name's reservation. If this process dies meanwhile, the agent goes on and any later command settles the
 * turn from its folder. If this function fails meanwhile, it leaves the folder to a later command in the same
 * way. Calls `beforeEnd` with the folded output before the end is recorded; if `beforeEnd` fails, the turn is
 * left too.
 *
 * @throws what a listener threw, once the turn has ended; AppError when the turn could not be started, or
 * when it ran and its end could not be recorded.
 */
export async function runTurn(
  context: Context,
  asked: OpenTurn,
  listener: TurnListener,
  beforeEnd: (folded: Folded) => Promise<void> = async () => undefined,
): Promise<TurnResult> {
  const { folder, plan } = asked;
  let turn = asked;
  let agent: RunningAgent;
  try {
    listener.signal?.throwIfAborted();
    agent = (await context.warm?.begin(turn, listener.signal)) ?? (await start(context, turn));
    // A detached turn has no terminal; the command that accepted it has remembered the use already.
    if (plan.name !== undefined && folder.attendant() === undefined)
      rememberUse(context, plan.scope, { ...plan, name: plan.name });
  } catch (error) {
    // Cancelled when the turn was on record already: record its end as for any other turn.
    if (folder.cancellation() !== undefined && folder.plan() !== undefined) {
      const result = await finishTurn(context, turn, { folded: startFold(), agentEnd: { kind: "unseen" } });
      await putAside(context, { folder, onEnd: plan.onEnd }, result, { where: "settled", hasRunHere: true });
      return result;
    }
    context.turns.remove(folder);
    throw error;
  }
  try {
    let attended = await attend(context, turn, agent, listener);
    const again = (await hasRunNothing(context, turn, attended.ending))
      ? withoutPromptId(turn)
      : await afterPuttingBack(context, turn, attended.ending);
    if (again !== undefined) {
      turn = again;
      agent = await start(context, turn);
      attended = await attend(context, turn, agent, { ...listener, onStarted: undefined });
    }
    listener.onEnded?.();
    const { ending, thrown } = attended;
    await beforeEnd(ending.folded);
    const result = await finishTurn(context, turn, ending);
    await context.warm?.settled(turn, result);
    await putAside(context, { folder, onEnd: plan.onEnd }, result, {
      where: placeFor(turn, result),
      hasRunHere: true,
    });
    if (thrown !== undefined) throw thrown.error;
    return result;
  } catch (error) {
    await context.warm?.giveUp(turn);
    folder.leave();
    throw hasRun(context, error, plan);
  }
}

/** Returns where a later command can ask for a turn: only by its name. */
function placeFor({ folder, plan }: OpenTurn, { sessionId }: TurnResult): "settled" | "told" | "nowhere" {
  if (folder.attendant() !== undefined) return "settled";
  return plan.name === undefined || sessionId === undefined ? "nowhere" : "told";
}

/** Starts the agent, once its process is on record. Throws only before the agent has run. */
async function start(context: Context, { folder, plan }: OpenTurn): Promise<RunningAgent> {
  const agent = context.findAgent(plan.scope.agent);
  const child = await spawnGated(plan.command, {
    cwd: plan.cwd,
    env: {
      ...withVariables(context.env, agent, plan.command.env),
      ...turnVariables(context, { folder, plan }),
    },
    stdinPath: folder.stdinPath(plan),
    stdoutPath: folder.stdoutPath,
    stderrPath: folder.stderrPath,
    markPath: folder.markPath,
  });
  try {
    folder.saveAgentProcess(child.identity);
    // Read after the process is on record: `cancel` looks for the process after it has recorded the
    // cancellation.
    const cancellation = folder.cancellation();
    if (cancellation !== undefined) throw cancellationError(cancellation, false);
    await context.beforeAgent?.();
  } catch (error) {
    child.giveUp();
    throw error;
  }
  child.open();
  const { identity } = child;
  return {
    identity,
    isShared: false,
    over: (folded, stopping) => turnOver(context, agent, { folder, plan }, child, folded, stopping),
    end: (hurry) => endAgent(context, agent, plan.turnId, identity, hurry),
    seal: () => undefined,
  };
}

/** Follows the agent until its turn is over, or ends it on request. */
async function attend(
  context: Context,
  turn: OpenTurn,
  running: RunningAgent,
  listener: TurnListener,
): Promise<{ ending: TurnEnding; thrown: { error: unknown } | undefined }> {
  const agent = context.findAgent(turn.plan.scope.agent);
  const folded = startFold();
  const stop = new Stop(running.end, listener);
  const over = running.over(folded, stop);
  // Others end the agent itself, and the end is recorded only when what it has written is read.
  const release = () => {
    if (turn.folder.cancellation() !== undefined) stop.endPatience();
  };
  over.then(release, release).catch(() => undefined);
  const silence = watchSilence(turn.plan.stallMs, listener.onSilence);
  const output = watchOutput(turn, (failure) => stop.ask(failure));
  // What can't be read here can't be read by `readBehind` either, which tells.
  watchBudget(agent, turn, over, (failure) => stop.ask(failure)).catch(() => undefined);
  // An attendant looks for it by itself.
  const isUnattended = running.isShared && turn.folder.attendant() === undefined;
  const cancel = isUnattended ? watchCancellation(turn.folder, (failure) => stop.ask(failure)) : undefined;
  try {
    const thrown = await readBehind(agent, turn, over, folded, listener, stop, silence);
    const exit = await over;
    const agentEnd = { kind: "seen", exit: running.seal(folded) ?? exit } as const;
    const ended = stop.failure === undefined ? undefined : endedBy(stop.failure);
    return { ending: { folded, agentEnd, ended }, thrown };
  } finally {
    stop.forget();
    silence.stop();
    output.stop();
    cancel?.stop();
  }
}

/** Adds to an error after the start that the turn has run: sending again would send the prompt twice. */
function hasRun({ wording }: Context, error: unknown, plan: TurnPlan): unknown {
  if (!(error instanceof AppError)) return error;
  const what =
    plan.name === undefined
      ? ""
      : `   See what came of it with: ${wording.step("show", { name: plan.name })}`;
  return new AppError(error.code, `${error.message} The turn has run anyway.`, {
    hint: `${error.hint ?? ""}${what}`.trim(),
    cause: error.cause,
    facts: { ...error.facts, turn_id: plan.turnId },
  });
}
