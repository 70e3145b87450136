import type { Access } from "../../domain/agent/access.ts";
import type { Agent, Command } from "../../domain/agent/agent.ts";
import type { BudgetStanding } from "../../domain/budget/caps.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import type { TurnState } from "../../domain/runner.ts";
import { knownState } from "../../domain/session/known-state.ts";
import { isNothing, sumUsage, type Usage } from "../../domain/turn/usage.ts";
import { splitWords } from "../../domain/words.ts";
import { fileState } from "../../system/files/keep.ts";
import { budgetStanding } from "../budget/standing.ts";
import type { Context } from "../context.ts";
import { type Ancestor, lineageOf } from "../conversation/lineage.ts";
import { markRead } from "../conversation/mark-read.ts";
import { type NamedConversation, namedConversation } from "../names/named.ts";
import { resolveName } from "../names/resolve.ts";
import { type PastTurn, pastTurn } from "../turn/ending/result.ts";
import { type BusyWindow, busyWindow } from "../turn/open-windows.ts";
import { type LeftOut, leftOutIn, lookAt } from "./left-out.ts";
import { estimate, lastCall, type NextSend } from "./next-send.ts";

/** Everything that is known about a conversation. */
export interface ConversationSummary extends NamedConversation {
  /** The conversation that it came from by a fork, by `/clear` or otherwise; absent if it came from none. */
  parentSessionId?: string | undefined;
  /**
   * The conversation itself and its ancestors, newest first: it may have come from them by a fork, by
   * `/clear`, because the agent has moved it, or because one was lost.
   */
  lineage: Ancestor[];
  /** The wrapper of the next turn unless that turn gives another; absent if the agent itself runs. */
  agentCommand?: string | undefined;
  /**
   * The arguments that the next turn passes to the agent unless that turn gives others; absent if there are
   * none.
   */
  agentArgs?: readonly string[] | undefined;
  role?: string | undefined;
  /** Whether the role differs from that of the first turn. */
  isRoleChanged: boolean;
  access?: Access | undefined;
  /** The turn that runs now; where none does and no window has it, the first of those that wait. */
  busy?:
    | {
        turnId: string;
        /** `queued` for one that has not begun; the others are those of a running turn. */
        state: TurnState;
        /** Why a turn that has not begun waits, in words for people; absent if somebody sees to it. */
        waitsBecause?: string | undefined;
        /** ISO 8601. */
        since: string;
        prompt: string;
        /** Whether the calling process is gone while the agent goes on. */
        isCallerGone: boolean;
      }
    | undefined;
  /** What has the conversation open while no turn of ours runs: a window, or a turn of another program. */
  window?: BusyWindow | undefined;
  /** How many turns were accepted and have not begun. */
  queued: number;
  turns: number;
  /** The number of exchanges that are not our turns; absent if it is unknown. */
  exchangesOutside?: number | undefined;
  /** The sum over the turns with a known usage; a lower bound if `unknownTurns` is not zero. */
  usage: Usage;
  /** Turns that reported no usage, or no dollars although other turns did. */
  unknownTurns: number;
  lastTurn?: PastTurn | undefined;
  /** What the next send reads, and about what that costs. */
  nextSend: NextSend;
  /** The absolute path of the agent's transcript, where it was last seen. */
  transcriptPath?: string | undefined;
  /** The command that reopens the conversation in the agent's own window, in the workspace; absent if it has none. */
  openCommand?: { file: string; args: string[] } | undefined;
  /** How it stands with its budget; absent if it has none. */
  budget?: BudgetStanding | undefined;
}

export async function show(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined },
): Promise<ConversationSummary> {
  const { workspace } = request;
  const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
  const { agent } = scope;
  const { sessionId, agentCommand, agentArgs } = entry;
  const session = context.store.session({ agent, sessionId });
  const here = await context.runner.unended({ workspace: scope.workspace, agent });
  const queued = here.filter((turn) => turn.state === "queued" && turn.sessionId === sessionId);
  const running = (await context.runner.unended(session.key)).find(({ state }) => state !== "queued");
  const window = running === undefined ? busyWindow(context, session.key) : undefined;
  const first = running ?? (window === undefined ? queued[0] : undefined);
  const looked = await lookAt(context, session.key);
  const underWay = await context.runner.unended(session.key);
  const turns = await session.journal.read();
  const last = turns.at(-1);
  const told = turns.flatMap((turn) => (turn.usage === undefined ? [] : [turn.usage]));
  // If others have changed the counters, a turn may know its tokens but not its dollars.
  const hasDollars = told.some(({ costUsd }) => costUsd !== undefined);
  const whole = told.filter((usage) => !hasDollars || usage.costUsd !== undefined || isNothing(usage));
  const { record } = looked;
  if (last !== undefined) await markRead(context, { ...session.key, turnId: last.turnId });
  return {
    ...namedConversation(scope, entry),
    parentSessionId: record?.parentId,
    lineage: await lineageOf(context, session.key),
    agentCommand,
    agentArgs,
    role: record?.roleText,
    isRoleChanged: record?.isRoleChanged ?? false,
    access: record?.access,
    busy: first && {
      turnId: first.turnId,
      state: first.state,
      waitsBecause: first.waitsBecause,
      since: first.since,
      prompt: (await context.runner.prompt(first.turnId)) ?? "",
      isCallerGone: first.state === "unattended",
    },
    window,
    queued: queued.length,
    turns: turns.length,
    exchangesOutside: countOutside(await leftOutIn(context, looked, turns, underWay)),
    usage: sumUsage(told),
    unknownTurns: turns.length - whole.length,
    lastTurn: last && pastTurn(last, { agent, workspace, sessionId }),
    nextSend: estimate(looked.agent, {
      call: looked.transcript && lastCall(looked.agent, looked.transcript.path),
      turns,
      now: context.now(),
    }),
    transcriptPath: pathHere(context, knownState(record, last).transcript?.path),
    openCommand: openCommandOf(context.findAgent(agent), entry),
    budget: await budgetStanding(context, { agent, entry }),
  };
}

function countOutside(leftOut: readonly LeftOut[]): number | undefined {
  const counts = leftOut.filter(({ kind }) => kind === "outside").map(({ exchanges }) => exchanges);
  return counts.reduce(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

/** Returns the command as a person would type it, with the wrapper that the name remembers. */
function openCommandOf(agent: Agent, { sessionId, agentCommand }: NameEntry): Command | undefined {
  const open = agent.openCommand?.(sessionId);
  if (open === undefined || agentCommand === undefined) return open;
  const [file = open.file, ...args] = splitWords(agentCommand);
  return { file, args: [...args, ...open.args] };
}

/** Where machines share a store, the transcript may be on another one. */
function pathHere({ line }: Context, path: string | undefined): string | undefined {
  return path === undefined || line === undefined || fileState(path) !== undefined ? path : undefined;
}
