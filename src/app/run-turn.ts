import type { Agent } from "../domain/agent.ts";
import { AppError } from "../domain/errors.ts";
import { foldEvent, startFold } from "../domain/fold.ts";
import type { AgentExit, TurnEvent, TurnFailure } from "../domain/turn.ts";
import type { TurnFolder, TurnPlan } from "../stores/turns.ts";
import { follow } from "../system/follow.ts";
import { LineSplitter } from "../system/json-lines.ts";
import { groupMembers, signalGroup } from "../system/process-group.ts";
import { type GatedProcess, spawnGated } from "../system/spawn-gate.ts";
import type { Context } from "./context.ts";
import { finishTurn, type TurnEnding } from "./finish-turn.ts";
import { eventsOfLine } from "./read-spool.ts";
import type { TurnResult } from "./turn-result.ts";

/** How long an agent may take to end cleanly before it is killed. Claude 2.1.329 cleans its tools in 1.4 s. */
const GRACE_MS = 3_000;
const LOOK_MS = 50;

export interface TurnListener {
  /** The agent's own lines, as they come, without their line ends. */
  onLine?: ((line: Buffer) => void) | undefined;
  onEvent?: ((event: TurnEvent) => void) | undefined;
  /** Called once the conversation's id is known and before anything later is reported. */
  onSessionId?: ((sessionId: string) => Promise<void>) | undefined;
  /** Aborting ends the turn. The reason may be an AppError that says how. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs a prepared turn to its end and returns its one result. The caller holds the conversation's lock, or
 * the name's reservation. If this process dies on the way, the agent goes on and any later command settles
 * the turn from its folder.
 */
export async function runTurn(
  context: Context,
  agent: Agent,
  folder: TurnFolder,
  plan: TurnPlan,
  listener: TurnListener,
): Promise<TurnResult> {
  const child = await spawnGated(plan.command, {
    cwd: plan.workspace,
    env: childEnvironment(context, plan),
    stdinPath: folder.promptPath,
    stdoutPath: folder.stdoutPath,
    stderrPath: folder.stderrPath,
    markPath: folder.markPath,
  });
  folder.saveAgentProcess(child.identity);
  child.open();

  const ending: TurnEnding = { folded: startFold(), exit: undefined };
  const stop = endOnAbort(child, agent, ending, listener.signal);
  const over = turnOver(child, ending);
  try {
    await readBehind(agent, folder, over, ending, listener);
    ending.exit = await over;
  } finally {
    stop();
  }
  return finishTurn(context, agent, folder, plan, ending);
}

/** Marks the child, so that its descendants can be found and a turn can tell that it was started by another. */
function childEnvironment(context: Context, plan: TurnPlan): Record<string, string | undefined> {
  const above = context.env.AGENT_SESSIONS_CHAIN;
  return {
    ...context.env,
    AGENT_SESSIONS_TURN: plan.turnId,
    AGENT_SESSIONS_CHAIN: above === undefined || above === "" ? plan.turnId : `${above},${plan.turnId}`,
  };
}

async function readBehind(
  agent: Agent,
  folder: TurnFolder,
  over: Promise<AgentExit>,
  ending: TurnEnding,
  listener: TurnListener,
): Promise<void> {
  const { folded } = ending;
  const splitter = new LineSplitter();
  let isIdKnown = false;
  const take = async (line: Buffer) => {
    listener.onLine?.(line);
    for (const event of eventsOfLine(agent, line)) {
      foldEvent(folded, event);
      const sessionId = folded.sessionId ?? folded.end?.sessionId;
      if (!isIdKnown && sessionId !== undefined) {
        isIdKnown = true;
        await listener.onSessionId?.(sessionId);
      }
      listener.onEvent?.(event);
    }
  };
  for await (const chunk of follow(folder.stdoutPath, over)) {
    for (const line of splitter.push(chunk)) await take(line);
  }
  const rest = splitter.rest();
  if (rest !== undefined) await take(rest);
}

/**
 * Settles when the turn can bring nothing more: the leader has exited, and what is left of its group has had
 * its last word. A wrapper may leave the real agent running behind it.
 */
async function turnOver(child: GatedProcess, ending: TurnEnding): Promise<AgentExit> {
  const exit = await child.exited;
  while (ending.folded.end === undefined && groupMembers(child.identity.pid).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return exit;
}

/** Ends the agent when `signal` aborts: gently first, then for good. Returns how to stop listening. */
function endOnAbort(
  child: GatedProcess,
  agent: Agent,
  ending: TurnEnding,
  signal: AbortSignal | undefined,
): () => void {
  if (signal === undefined) return () => undefined;
  let kill: NodeJS.Timeout | undefined;
  const end = () => {
    ending.ended = { outcome: "cancelled", failure: failureOf(signal.reason) };
    signalGroup(child.identity.pid, agent.gentleSignal);
    kill = setTimeout(() => signalGroup(child.identity.pid, "SIGKILL"), GRACE_MS);
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return () => {
    signal.removeEventListener("abort", end);
    clearTimeout(kill);
  };
}

function failureOf(reason: unknown): TurnFailure {
  if (!(reason instanceof AppError)) return { code: "cancelled", message: "The turn was cancelled." };
  return {
    code: reason.code,
    message: reason.message,
    ...(reason.hint === undefined ? {} : { hint: reason.hint }),
  };
}
