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
   * Starts a conversation under a new name. Other processes find the name once the conversation has an id.
   *
   * @throws AppError `name_exists`; `busy` while another process creates it; `usage`, `agent_missing`,
   * `prompt_empty`, `prompt_too_long`, `unsupported`; `deadline` and `cancelled` if the turn ended before it
   * could begin; the failure of the first turn if it left nothing that can be continued
   */
  create(name: string, options?: CreateOptions & SignalOption): Turn<NewConversation>;

  /**
   * The same as `create`, with the first turn in the background. Resolves as soon as the turn is accepted and
   * on disk.
   */
  createDetached(name: string, options?: CreateOptions): Promise<DetachedConversation>;

  /**
   * Returns the conversation of a name. With `forkFrom`, the name of another conversation, the name need not
   * exist yet: the first message then forks that conversation under this name. This happens once, however
   * many processes send a message.
   *
   * @throws AppError `no_such_name`, whose hint may suggest a similar name; `ambiguous_name`
   */
  get(name: string, options?: WhichAgent & { forkFrom?: string | undefined }): Promise<Conversation>;

  /**
   * Returns the conversation that this caller used last in the workspace, as the command `continue` does. The
   * caller is `AGENT_SESSIONS_CALLER`, else the agent's conversation that this process runs in, else the
   * terminal.
   *
   * @throws AppError `no_such_name`
   */
  lastUsed(options?: WhichAgent): Promise<Conversation>;

  /**
   * Runs one turn without keeping its conversation, unless `resumable` is set. If this process ends, the
   * answer is lost.
   *
   * @throws AppError `usage`, `agent_missing`, `prompt_empty`, `prompt_too_long`, `unsupported`
   */
  once(prompt: string, options?: OnceOptions & SignalOption): Turn;

  /**
   * Runs one turn in the conversation that has this id of the agent's own. The conversation needs no name.
   *
   * @throws AppError `conversation_lost` if that is known before the agent is started, and as `send` does,
   * except for the errors about names
   */
  resume(sessionId: string, prompt: string, options?: SendOptions & SignalOption & WhichAgent): Turn;

  /** Returns the names of the workspace, the most recently used first unless `sort` says otherwise. */
  list(options?: ListOptions & Reach): Promise<Listing>;

  /**
   * Gives a name to a conversation that was begun in the agent's own window or by another program. Its cost
   * before the adoption is not counted.
   *
   * @throws AppError `no_such_conversation`; `name_exists`; `busy` while the name is being created; `usage`
   */
  adopt(name: string, options?: AdoptOptions): Promise<AdoptedConversation>;

  /**
   * Returns the agents' own conversations that began in the workspace, the most recently used first; without
   * a limit, 20.
   */
  conversations(options?: WhichAgent & { limit?: number | undefined }): Promise<FoundConversations>;

  /**
   * Moves names to this workspace from one whose folder was moved and no longer exists: all requested names,
   * or none.
   *
   * @throws AppError `usage` while the old workspace exists; `no_such_name`; `name_exists`; `busy` while
   * turns run or wait under one of the names
   */
  rebind(from: string, options?: RebindOptions): Promise<Rebound>;

  /** Removes all names of the workspace, or those of one agent. If that fails, none is removed. */
  removeAll(options?: WhichAgent): Promise<Removed[]>;

  /**
   * Returns the turns that have not ended, and the windows of agents in which named conversations are open.
   */
  status(options?: Reach): Promise<Status>;

  /** Returns what turns have used. Each turn is counted once; the turns of removed names are included. */
  cost(options?: CostOptions & Reach): Promise<Costs>;

  /**
   * Brings a removed name back. With `movesAgo`, points the name at what it pointed at that many moves ago.
   *
   * @throws AppError `no_such_name` for a name that never existed, `name_exists`, `conversation_lost`,
   * `ambiguous_name`, `busy`, `usage`
   */
  restore(name: string, options?: WhichAgent & { movesAgo?: number | undefined }): Promise<Conversation>;

  /**
   * Returns what a name has pointed at, newest first. The name may be removed.
   *
   * @throws AppError `no_such_name` for a name that never existed, `ambiguous_name`
   */
  moves(name: string, options?: WhichAgent): Promise<Move[]>;

  /**
   * Removes turns that ended long ago, and conversations that have had no name for a long time, of all
   * workspaces. The agents' own files are never touched. Other methods do a little of this work by
   * themselves, once an hour.
   */
  gc(options?: GcOptions): Promise<Collected>;

  /**
   * Breaks locks whose owners can't be seen from here, because they ran on machines or in containers that are
   * gone for good: the lock of the workspace's names and, if a name is given, the lock of its conversation,
   * whose turns are given up. Only a person can know that the owners are gone.
   *
   * @throws AppError `busy` if the owner of the lock runs here
   */
  breakLock(name?: string, options?: WhichAgent): Promise<Broken>;

  /** Returns what the plugin `session-persist` has saved in the workspace, the most recently seen first. */
  checkpoints(): Promise<{ checkpoints: SavedCheckpoint[]; problems: string[] }>;

  /**
   * Makes the next conversation in the workspace start from a checkpoint. The checkpoint is given by its
   * session id, the beginning of that id, or `latest`, which is the default.
   *
   * @throws AppError `no_such_checkpoint`, `ambiguous_name`
   */
  resumeNext(sessionId?: string): Promise<SavedCheckpoint>;

  /** Removes a checkpoint; the agent's own transcript stays. @throws AppError as `resumeNext` does */
  removeCheckpoint(sessionId: string): Promise<SavedCheckpoint>;

  /**
   * Removes the checkpoints of conversations without a sign of life for `olderThanMs` milliseconds.
   * Checkpoints that were saved by hand stay, and so does the one that the next conversation is to start
   * from.
   */
  removeOldCheckpoints(olderThanMs: number): Promise<SavedCheckpoint[]>;
}

/** The names of a workspace, or of all workspaces. */
export interface Listing {
  /** In the requested order. */
  names: ListedName[];
  /** The number of names without the limit. */
  total: number;
  /** Names whose conversation has no id yet; `since` is ISO 8601. */
  creating: { name: string; agent: string; since: string; workspace: string }[];
}

/** A name, and whether its conversation is busy. */
export interface ListedName extends NamedConversation {
  workspace: string;
  /** Whether the workspace's folder no longer exists. */
  isGone: boolean;
  /** Since when a turn has been running in the conversation; absent if none runs. ISO 8601. */
  busySince?: string;
}

/** An adopted conversation, and what is known about it. */
export interface AdoptedConversation {
  conversation: Conversation;
  /** The agent's own id. */
  sessionId: string;
  /** What the name pointed at before; absent if the name did not exist. */
  previousSessionId?: string;
  /** The first prompt of the conversation, on one line and shortened. */
  firstPrompt?: string;
  /** The folder that the conversation began in, if that is not the workspace. */
  beganIn?: string;
  /** The other names of the conversation, in all workspaces. */
  alsoNamed: PlacedName[];
}
