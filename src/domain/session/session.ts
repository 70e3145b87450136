import type { Access } from "../agent/access.ts";
import type { Continuity, TurnResult } from "../turn/turn.ts";
import type { Counters } from "../turn/usage.ts";

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
  /** How many bytes of its transcript we have copied from its parent's, when it was forked without a turn. */
  copiedBytes?: number;
  seen?: SeenConversation;
}

/** The state of a conversation at its adoption or import, or after a window of ours was closed. */
export interface SeenConversation {
  /** Whether its transcript was put there by an import, and no turn has followed. */
  isImported?: true;
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

/** What the program that starts an agent has shown of itself. It holds as long as the file is the same. */
export interface ProgramShown extends ProgramFile {
  /** False if it has taken a prompt with an id, and run nothing. */
  takesPromptIds: boolean;
}

/** The program that starts an agent: the words that start it, and the state of its file. */
export interface ProgramFile {
  launcher: readonly string[];
  inode: string;
  bytes: number;
  /** When the file was last changed, in milliseconds. */
  changedMs: number;
}

/** The end of a turn in the journal of its conversation, with everything that is kept longer than its folder. */
export interface TurnEnded
  extends Omit<TurnResult, "agent" | "workspace" | "sessionId" | "endedAt" | "durationMs"> {
  /** When it ended. */
  at: string;
  /** The turn's place among all requests in one boot of a machine; absent in records of 0.1. */
  arrival?: string;
  boot?: string;
  prompt: string;
  /** The id that the prompt was sent with; absent if it had none. */
  promptId?: string;
  /** What its program has shown; absent if that is unknown, and for programs that take no ids. */
  program?: ProgramShown;
  /** The agent's version as last reported; absent if the agent does not report it. */
  agentVersion?: string;
  /** The agent's counters as last reported: the next turn's usage is the difference from them. */
  counters?: Counters;
  /** The agent's transcript as last seen. */
  transcript?: TranscriptState;
}
