import type { Ancestor } from "../../app/conversation/lineage.ts";
import type { Shown } from "../../app/tell/show.ts";
import type { BusyWindow } from "../../app/turn/open-windows.ts";
import type { Access } from "../../domain/agent/access.ts";
import { isoTime } from "../../domain/iso-time.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import type { Usage } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { type PastTurn, pastTurn } from "./past-turn.ts";

/** What a name stands for. */
export interface NamedConversation {
  name: string;
  agent: string;
  /** The agent's own id of the conversation. */
  sessionId: string;
  /** ISO 8601. Absent where another tool has made the name and not said when. */
  createdAt?: string;
  /** When its last turn ended, or its first one began; ISO 8601. Absent where there is no turn of ours. */
  usedAt?: string;
  /** What its next turn uses unless it is told otherwise; absent where the agent's own settings decide. */
  model?: string;
  effort?: string;
}

/** Everything there is to say about a conversation. */
export interface ConversationSummary extends NamedConversation {
  workspace: string;
  /** The wrapper that its next turn runs in, unless it is told otherwise; absent where it is the agent itself. */
  agentCommand?: string;
  /** What its next turn passes on to the agent, unless it is told otherwise; absent where that is nothing. */
  agentArgs?: readonly string[];
  /**
   * The conversation itself and those it came from, by forks, `/clear`, because the agent has moved it or because one
   * was lost; the newest first.
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
    /** Whether the process that asked is gone, and the agent goes on. */
    isCallerGone: boolean;
  };
  /** What has it open while no turn of ours runs: a window, or a turn of somebody else. */
  window?: BusyWindow;
  turns: number;
  /** How many exchanges of it are none of our turns; absent where that can't be told. */
  exchangesOutside?: number;
  /** Sum over the turns that told; a lower bound when `unknownTurns` is not zero. */
  usage: Usage;
  unknownTurns: number;
  lastTurn?: PastTurn;
  /** The agent's own record of the conversation, where it was when we last saw it; absolute. */
  transcriptPath?: string;
  /** Reopens the conversation in the agent's own window, in the workspace. */
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
