import type { Access } from "../agent/access.ts";
import type { Continuity, Outcome, Retry, TurnFailure } from "../turn/turn.ts";
import type { Counters, Usage } from "../turn/usage.ts";

/** Names a conversation of an agent. */
export interface SessionKey {
  agent: string;
  sessionId: string;
}

/** What we keep of a conversation beside its turns. */
export interface SessionRecord extends SessionKey {
  /** Where it runs; symbolic links resolved. */
  workspace: string;
  createdAt: string;
  /** How it began; absent where no turn of ours began it. */
  began?: Continuity;
  roleText?: string;
  /** Whether the role is another one than that of the first turn. */
  isRoleChanged?: boolean;
  /** What its turns may do unless they are told otherwise. */
  access?: Access;
  /** The conversation it came from, by a fork, a `/clear` or a rotation, or whose place it took. */
  parentId?: string;
  seen?: SeenConversation;
}

/** How a conversation stood at its adoption, or after a window of ours was closed. */
export interface SeenConversation {
  /** The newest turn of ours then, absent where there was none; superseded by any later turn. */
  turnId?: string;
  transcript: TranscriptState;
}

/** The agent's transcript as it was at the end of our last turn. */
export interface TranscriptState {
  path: string;
  inode: string;
  bytes: number;
  /** The folder of the agent's side files; absent where there was none. */
  sideFolder?: string;
}

/** The end of a turn, with everything that outlives its folder. */
export interface TurnEnded {
  turnId: string;
  at: string;
  startedAt: string;
  /** Its place among all that was asked for in a boot of a machine; absent where 0.1 wrote it down. */
  arrival?: string;
  boot?: string;
  name?: string;
  outcome: Outcome;
  continuity: Continuity;
  prompt: string;
  text: string;
  structured?: unknown;
  model?: string;
  effort?: string;
  access?: Access;
  /** The agent's version as it was last told; absent where the agent does not tell. */
  agentVersion?: string;
  /** Absent when it can't be known: the agent ended without telling. */
  usage?: Usage;
  /** The agent's counters as last told: the base for the difference of the next turn. */
  counters?: Counters;
  /** The agent's transcript as last seen. */
  transcript?: TranscriptState;
  failure?: TurnFailure;
  /** Where the turn did not succeed: whether its prompt is part of the conversation all the same. */
  isPromptKept?: boolean;
  /** Present where others have said something behind the prompt before the end was written down. */
  isOvertaken?: true;
  /** False where the turn was cut off before its agent started. */
  hasRun?: false;
  /** Present where the turn was a second attempt. */
  retry?: Retry;
  /** How many bytes other writers added to the transcript since our turn before this one. */
  foreignBytes?: number;
  /** How many messages of others the agent took before the prompt. */
  foreignPrompts?: number;
}
