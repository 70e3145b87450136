import type { Broken } from "../app/doctor/break-lock.ts";
import type { Collected } from "../app/gc/collection.ts";
import type { FoundConversations } from "../app/names/conversations.ts";
import type { Rebound } from "../app/names/rebind.ts";
import type { Removed } from "../app/names/remove.ts";
import type { PlacedName } from "../app/names/tables.ts";
import type { Costs } from "../app/tell/cost.ts";
import type { Status } from "../app/watch/status.ts";
import type { Conversation, DetachedConversation, NewConversation } from "./conversation.ts";
import type {
  AdoptOptions,
  CostOptions,
  CreateOptions,
  GcOptions,
  ListOptions,
  OnceOptions,
  Reach,
  RebindOptions,
  SendOptions,
  SignalOption,
  WhichAgent,
} from "./options.ts";
import type { Move } from "./views/name-move.ts";
import type { SavedCheckpoint } from "./views/saved-checkpoint.ts";
import type { NamedConversation } from "./views/summary.ts";
import type { Turn } from "./views/turn.ts";

/** The named conversations of one workspace. */
export interface Sessions {
  /** Absolute, with symbolic links resolved. */
  readonly workspace: string;

  /**
   * Starts a conversation under a new name. The name is there for other processes from the moment the conversation
   * has an id.
   *
   * @throws AppError `name_exists`; `busy` while another process creates it; `usage`, `agent_missing`,
   * `prompt_empty`, `prompt_too_long`, `unsupported`; `deadline` and `cancelled` before it could begin; the failure
   * of the first turn where nothing came of it that could be continued
   */
  create(name: string, options?: CreateOptions & SignalOption): Turn<NewConversation>;

  /** The same, with the first turn left to the background: resolves as soon as it is accepted and on disk. */
  createDetached(name: string, options?: CreateOptions): Promise<DetachedConversation>;

  /**
   * The conversation of a name. With `forkFrom`, the name of another, it need not be there yet: its first message
   * then forks that one for it, once, however many processes send one.
   *
   * @throws AppError `no_such_name`, with what is meant perhaps as its hint; `ambiguous_name`
   */
  get(name: string, options?: WhichAgent & { forkFrom?: string | undefined }): Promise<Conversation>;

  /**
   * The conversation that this caller used last in the workspace, as `continue` does. The caller is
   * `AGENT_SESSIONS_CALLER`, else the agent's conversation that this process runs in, else the terminal.
   *
   * @throws AppError `no_such_name`
   */
  lastUsed(options?: WhichAgent): Promise<Conversation>;

  /**
   * Runs one turn that leaves no conversation, unless it is to be `resumable`. Should this process end, its answer is
   * lost.
   *
   * @throws AppError `usage`, `agent_missing`, `prompt_empty`, `prompt_too_long`, `unsupported`
   */
  once(prompt: string, options?: OnceOptions & SignalOption): Turn;

  /**
   * Runs one turn in a conversation that is known by the agent's own id and needs no name.
   *
   * @throws AppError `conversation_lost` where that is seen before the agent is asked, and as `send` does, but for
   * names
   */
  resume(sessionId: string, prompt: string, options?: SendOptions & SignalOption & WhichAgent): Turn;

  /** The names of the workspace, those used last first unless they are to be sorted otherwise. */
  list(options?: ListOptions & Reach): Promise<Listing>;

  /**
   * Names a conversation that the agent has already, begun in its own window or by another program. What it has cost
   * before is none of ours.
   *
   * @throws AppError `no_such_conversation`; `name_exists`; `busy` while the name is being created; `usage`
   */
  adopt(name: string, options?: AdoptOptions): Promise<AdoptedConversation>;

  /** The agents' own conversations that began in the workspace, those used last first; 20 of them without a limit. */
  conversations(options?: WhichAgent & { limit?: number | undefined }): Promise<FoundConversations>;

  /**
   * Takes names over from a workspace that was moved and is gone: all that are meant, or none.
   *
   * @throws AppError `usage` while the old workspace is there; `no_such_name`; `name_exists`; `busy` while turns run or
   * wait under one of the names
   */
  rebind(from: string, options?: RebindOptions): Promise<Rebound>;

  /** Takes all names of the workspace away, or those of one agent: all of them, or where that fails none. */
  removeAll(options?: WhichAgent): Promise<Removed[]>;

  /** The turns that have not ended, and the windows of agents in which named conversations are open. */
  status(options?: Reach): Promise<Status>;

  /** What turns have used, each counted once, those of removed names included. */
  cost(options?: CostOptions & Reach): Promise<Costs>;

  /**
   * Brings back a name that was taken away, or points one that is there at what it pointed at `movesAgo` moves ago.
   *
   * @throws AppError `no_such_name` for one that never was, `name_exists`, `conversation_lost`, `ambiguous_name`,
   * `busy`, `usage`
   */
  restore(name: string, options?: WhichAgent & { movesAgo?: number | undefined }): Promise<Conversation>;

  /**
   * What a name has pointed at, newest first, whether it is still there or not.
   *
   * @throws AppError `no_such_name` for one that never was, `ambiguous_name`
   */
  moves(name: string, options?: WhichAgent): Promise<Move[]>;

  /**
   * Removes turns that have long ended and conversations that have long had no name, of all workspaces. The agents'
   * own files are never touched. A little of it is done with everything else, once an hour.
   */
  gc(options?: GcOptions): Promise<Collected>;

  /**
   * Frees what processes hold that can't be seen from here, on machines or in containers that are gone for good: the
   * names of the workspace, and the conversation of a name if one is given, whose turns are given up. Only a person
   * can know that they are gone.
   *
   * @throws AppError `busy` where the holder lives here
   */
  breakLock(name?: string, options?: WhichAgent): Promise<Broken>;

  /** What the plugin `session-persist` has saved in the workspace, those seen last first. */
  checkpoints(): Promise<{ checkpoints: SavedCheckpoint[]; problems: string[] }>;

  /**
   * Has the next conversation in the workspace start from a checkpoint: its session id, the beginning of that, or
   * `latest`, which is the default.
   *
   * @throws AppError `no_such_checkpoint`, `ambiguous_name`
   */
  resumeNext(sessionId?: string): Promise<SavedCheckpoint>;

  /** Removes a checkpoint; the agent's own transcript stays. @throws AppError as `resumeNext` does */
  removeCheckpoint(sessionId: string): Promise<SavedCheckpoint>;

  /**
   * Removes the checkpoints of conversations without a sign of life for `olderThanMs` milliseconds. One that was saved
   * by hand stays, and the one that the next conversation is to start from.
   */
  removeOldCheckpoints(olderThanMs: number): Promise<SavedCheckpoint[]>;
}

/** The names of a workspace, or of all. */
export interface Listing {
  /** In the order that was asked for. */
  names: ListedName[];
  /** How many there are without the limit. */
  total: number;
  /** Names whose conversation has no id yet; `since` is ISO 8601. */
  creating: { name: string; agent: string; since: string; workspace: string }[];
}

/** A name, and whether its conversation is busy. */
export interface ListedName extends NamedConversation {
  workspace: string;
  /** Whether the workspace's folder is no longer there. */
  isGone: boolean;
  /** Since when a turn runs in the conversation; absent when none does. ISO 8601. */
  busySince?: string;
}

/** A conversation that was named without a turn of ours, and what is known of it. */
export interface AdoptedConversation {
  conversation: Conversation;
  /** The agent's own id. */
  sessionId: string;
  /** What the name pointed at until now; absent when it was not there. */
  previousSessionId?: string;
  /** What it began with, on one line and cut. */
  firstPrompt?: string;
  /** The folder it began in, where that is another one. */
  beganIn?: string;
  /** The other names of the conversation, wherever they live. */
  alsoNamed: PlacedName[];
}
