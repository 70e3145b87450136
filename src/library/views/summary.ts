import type { Ancestor } from "../../app/conversation/lineage.ts";
import type { Shown } from "../../app/tell/show.ts";
import type { BusyWindow } from "../../app/turn/open-windows.ts";
import type { Access } from "../../domain/agent/access.ts";
import { isoTime } from "../../domain/iso-time.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import type { Usage } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { type PastTurn, pastTurn } from "./past-turn.ts";

/** The conversation that a name points at. */
export interface NamedConversation {
  name: string;
  agent: string;
  /** The agent's own id of the conversation. */
  sessionId: string;
  /** ISO 8601. Absent if another tool created the name and recorded no time. */
  createdAt?: string;
  /**
   * When the last turn ended, or the first one began; ISO 8601. Absent if we ran no turn in the conversation.
   */
  usedAt?: string;
  /** Model and effort of the next turn unless it gives others; absent if the agent's own settings decide. */
  model?: string;
  effort?: string;
}

/** Everything that is known about a conversation. */
export interface ConversationSummary extends NamedConversation {
  workspace: string;
  /** The wrapper of the next turn unless that turn gives another; absent if the agent itself runs. */
  agentCommand?: string;
  /**
   * The arguments that the next turn passes to the agent unless that turn gives others; absent if there are
   * none.
   */
  agentArgs?: readonly string[];
  /**
   * The conversation itself and its ancestors, newest first: it may have come from them by a fork, by
   * `/clear`, because the agent has moved it, or because one was lost.
   */
  lineage: Ancestor[];
  role?: string;
  access?: Access;
  /** The turn that runs now. */
  busy?: {
    turnId: string;
    /** ISO 8601. */
    since: string;
    prompt: string;
    /** Whether the calling process is gone while the agent goes on. */
    isCallerGone: boolean;
  };
  /** What has the conversation open while no turn of ours runs: a window, or a turn of another program. */
  window?: BusyWindow;
  turns: number;
  /** The number of exchanges that are not our turns; absent if it is unknown. */
  exchangesOutside?: number;
  /** The sum over the turns with a known usage; a lower bound if `unknownTurns` is not zero. */
  usage: Usage;
  unknownTurns: number;
  lastTurn?: PastTurn;
  /** The absolute path of the agent's transcript, where it was last seen. */
  transcriptPath?: string;
  /** The command that reopens the conversation in the agent's own window, in the workspace. */
  openCommand: { file: string; args: string[] };
}

export function namedConversation(entry: NameEntry, agent: string): NamedConversation {
  const { name, sessionId, createdAt, usedAt, lastModel: model, lastEffort: effort } = entry;
  return {
    name,
    agent,
    sessionId,
    ...withoutUndefined({ createdAt: isoTime(createdAt), usedAt, model, effort }),
  };
}

export function summaryOf(shown: Shown): ConversationSummary {
  const { entry, agent, workspace, record, lineage, busy, window, lastTurn, turnCount, usage, unknownTurns } =
    shown;
  const around = { agent, workspace, sessionId: entry.sessionId };
  return {
    ...namedConversation(entry, agent),
    workspace,
    lineage,
    ...withoutUndefined({ role: record?.roleText, access: record?.access, busy, window }),
    ...withoutUndefined({ agentCommand: entry.agentCommand, agentArgs: entry.agentArgs }),
    turns: turnCount,
    ...withoutUndefined({ exchangesOutside: shown.exchangesOutside }),
    usage,
    unknownTurns,
    ...(lastTurn === undefined ? {} : { lastTurn: pastTurn(lastTurn, around) }),
    ...withoutUndefined({ transcriptPath: shown.transcript }),
    openCommand: shown.openCommand,
  };
}
