import type { Access } from "../agent/access.ts";
import type { Continuity, Outcome, Retry, TurnFailure } from "../turn/turn.ts";
import type { Counters, Usage } from "../turn/usage.ts";

/** Identifies a conversation of an agent. */
export interface SessionKey {
  agent: string;
  sessionId: string;
}

/** What we keep of a conversation in addition to its turns. */
export interface SessionRecord extends SessionKey {
  /** Where it runs; symbolic links resolved. */
  workspace: string;
  createdAt: string;
  /** How it began; absent if no turn of ours began it. */
  began?: Continuity;
  roleText?: string;
  /** Whether the role differs from that of the first turn. */
  isRoleChanged?: boolean;
  /** What its turns may do, unless a turn says otherwise. */
  access?: Access;
  /** The conversation that it came from by a fork, a `/clear` or a rotation, or that it replaced. */
  parentId?: string;
  seen?: SeenConversation;
}

/** The state of a conversation at its adoption, or after a window of ours was closed. */
export interface SeenConversation {
  /** Our newest turn then, absent if there was none; superseded by any later turn. */
  turnId?: string;
  transcript: TranscriptState;
}

/** The agent's transcript as it was at the end of our last turn. */
export interface TranscriptState {
  path: string;
  inode: string;
  bytes: number;
  /** The folder of the agent's side files; absent if there was none. */
  sideFolder?: string;
}

/** The end of a turn, with everything that is kept longer than its folder. */
export interface TurnEnded {
  turnId: string;
  at: string;
  startedAt: string;
  /** The turn's place among all requests in one boot of a machine; absent in records of 0.1. */
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
  /** The agent's version as last reported; absent if the agent does not report it. */
  agentVersion?: string;
  /** Absent when unknown: the agent ended without reporting it. */
  usage?: Usage;
  /** The agent's counters as last reported: the next turn's usage is the difference from them. */
  counters?: Counters;
  /** The agent's transcript as last seen. */
  transcript?: TranscriptState;
  failure?: TurnFailure;
  /** For a turn that did not succeed: whether its prompt is part of the conversation anyway. */
  isPromptKept?: boolean;
  /** Present if others said something after the prompt before the end was recorded. */
  isOvertaken?: true;
  /** False if the turn was cut off before its agent started. */
  hasRun?: false;
  /** Present if the turn was a second attempt. */
  retry?: Retry;
  /** How many bytes other writers added to the transcript since our previous turn. */
  foreignBytes?: number;
  /** How many messages of others the agent took before the prompt. */
  foreignPrompts?: number;
}
