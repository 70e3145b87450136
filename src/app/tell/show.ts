import type { Agent, Command } from "../../domain/agent/agent.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import { knownState } from "../../domain/session/known-state.ts";
import type { SessionRecord, TurnEnded } from "../../domain/session/session.ts";
import { isNothing, sumUsage, type Usage } from "../../domain/turn/usage.ts";
import { splitWords } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { type Ancestor, lineageOf } from "../conversation/lineage.ts";
import { resolveName } from "../names/resolve.ts";
import { type BusyWindow, busyWindow } from "../turn/open-windows.ts";
import { settleSession } from "../turn/settle.ts";
import { lookAt, type NotShown, notShownIn } from "./not-shown.ts";

export interface Shown {
  agent: string;
  workspace: string;
  entry: NameEntry;
  record: SessionRecord | undefined;
  /** The conversation and its ancestors, the newest first. */
  lineage: Ancestor[];
  /** The running turn. */
  busy?: { turnId: string; since: string; prompt: string; isCallerGone: boolean };
  /** What has the conversation open while no turn of ours runs: a window, or a foreign turn. */
  window?: BusyWindow;
  turnCount: number;
  /** The number of exchanges that are not turns of ours; absent where that is unknown. */
  exchangesOutside?: number;
  lastTurn: TurnEnded | undefined;
  /** The last known path of the agent's transcript. */
  transcript: string | undefined;
  /** Sum over the turns that reported usage; a lower bound when `unknownTurns` is not zero. */
  usage: Usage;
  /** Turns that reported no usage, or no dollars although other turns did. */
  unknownTurns: number;
  /** Reopens the conversation in the agent's own window; to be run in the workspace. */
  openCommand: Command;
}

export async function show(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined },
): Promise<Shown> {
  const { workspace } = request;
  const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
  const { agent } = scope;
  const session = context.store.session({ agent, sessionId: entry.sessionId });
  const [running] = await settleSession(context, agent, entry.sessionId);
  const looked = await lookAt(context, session.key);
  const { open } = context.turns.all();
  const turns = await session.journal.read();
  const told = turns.flatMap((turn) => (turn.usage === undefined ? [] : [turn.usage]));
  // If others have changed the counters, a turn may know its tokens but not its dollars.
  const hasDollars = told.some(({ costUsd }) => costUsd !== undefined);
  const whole = told.filter((usage) => !hasDollars || usage.costUsd !== undefined || isNothing(usage));
  const { record } = looked;
  const exchangesOutside = countOutside(notShownIn(context, looked, turns, open));
  const window = running === undefined ? busyWindow(context, session.key) : undefined;
  return {
    agent,
    workspace,
    entry,
    record,
    transcript: knownState(record, turns.at(-1)).transcript?.path,
    lineage: await lineageOf(context, session.key),
    ...(running === undefined
      ? {}
      : {
          busy: {
            turnId: running.plan.turnId,
            since: running.plan.startedAt,
            prompt: running.folder.prompt(),
            isCallerGone: running.liveness === "agent",
          },
        }),
    ...(window === undefined ? {} : { window }),
    turnCount: turns.length,
    ...(exchangesOutside === undefined ? {} : { exchangesOutside }),
    lastTurn: turns.at(-1),
    usage: sumUsage(told),
    unknownTurns: turns.length - whole.length,
    openCommand: openCommandOf(context.findAgent(agent), entry),
  };
}

function countOutside(notShown: readonly NotShown[]): number | undefined {
  const counts = notShown.filter(({ kind }) => kind === "outside").map(({ exchanges }) => exchanges);
  return counts.reduce(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

/** Returns the command as a person would type it, with the wrapper that the name remembers. */
function openCommandOf(agent: Agent, { sessionId, agentCommand }: NameEntry): Command {
  const { file, args } = agent.openCommand(sessionId);
  const [wrapper = file, ...wrapperArgs] = agentCommand === undefined ? [] : splitWords(agentCommand);
  return { file: wrapper, args: [...wrapperArgs, ...args] };
}
