import type { Detached } from "../app/ask/detach.ts";
import type { Removed } from "../app/names/remove.ts";
import type { Renamed } from "../app/names/rename.ts";
import type { Costs } from "../app/tell/cost.ts";
import type { TurnResult } from "../app/turn/ending/result.ts";
import type { Cancelled } from "../app/watch/cancel.ts";
import type { Status } from "../app/watch/status.ts";
import type {
  AskOnceOptions,
  AttachOptions,
  CostOptions,
  FirstTurnOptions,
  FreshOption,
  SendOptions,
  SignalOption,
  WaitOptions,
  WhichTurn,
} from "./options.ts";
import type { LeftOut } from "./views/left-out.ts";
import type { PastTurn } from "./views/past-turn.ts";
import type { RoleChange } from "./views/role-change.ts";
import type { ConversationSummary } from "./views/summary.ts";
import type { Turn, TurnStream } from "./views/turn.ts";

/**
 * A handle of a named conversation. The handle stands for the name: when the name is pointed at another
 * conversation, the handle follows it; when the name is removed, its methods throw `no_such_name`. A handle
 * holds no lock and no other resource. Any number of handles may exist, in any number of processes.
 */
export interface Conversation {
  /** The name after the last `rename` through this handle. */
  readonly name: string;
  readonly agent: string;
  /** Absolute, with symbolic links resolved. */
  readonly workspace: string;

  /**
   * Runs one turn in the conversation, after the turns that any process has asked for before.
   *
   * @throws AppError `no_such_name`, `busy`, `own_conversation`, `conversation_lost`, `conversation_changed`,
   * `agent_missing`, `usage`, `prompt_empty`, `prompt_too_long`, `unsupported`; `deadline` and `cancelled` if
   * the turn ended before it could begin
   */
  send(prompt: string, options?: SendOptions & SignalOption & AskOnceOptions & FreshOption): Turn;

  /**
   * Retries the last turn if it did not succeed. Its prompt is not said a second time.
   *
   * @throws AppError `usage` if there is nothing to retry, and as `send` does
   */
  retry(options?: SendOptions & SignalOption): Turn;

  /**
   * Hands a turn over to the background, where it outlives this process. Resolves as soon as the turn is
   * accepted and on disk. `wait` gets its answer, `attach` follows it.
   *
   * @throws AppError as `send` does, for errors that can be known before the turn begins
   */
  detach(prompt: string, options?: SendOptions & FreshOption): Promise<Detached>;

  /**
   * Starts a conversation under a new name that begins with the history of this one. The new conversation
   * takes over model, effort, role and access. This one does not change.
   *
   * @throws AppError `name_exists`, `unsupported`, and as `send` does; the failure of the first turn if it
   * left nothing that can be continued
   */
  fork(newName: string, options?: FirstTurnOptions & SignalOption): Turn<NewConversation>;

  /** The same as `fork`, with the first turn in the background. */
  forkDetached(newName: string, options?: FirstTurnOptions): Promise<DetachedConversation>;

  /**
   * Follows a turn from its beginning to its end, whichever process asked for it: by default the running
   * turn, else the next in line, else the last one. Nothing happens before the first loop. Each loop follows
   * the turn anew.
   *
   * @throws AppError `no_such_name`, `no_such_turn`
   */
  attach(options?: AttachOptions): TurnStream;

  /**
   * Waits for a turn, by default the one that was asked for last, and resolves with the result that `send`
   * would give. If the turn has already ended, it resolves at once.
   *
   * @throws AppError `no_such_name`, `no_such_turn`, `still_running`
   */
  wait(options?: WaitOptions): Promise<TurnResult>;

  /**
   * Ends a turn and every process that it has started: by default the running turn, else the next in line.
   * Resolves when the end of the turn is recorded.
   *
   * @throws AppError `no_such_name`, `no_such_turn`; `busy` if the turn runs on another machine or in another
   * container, or if the process that runs it does not record its end
   */
  cancel(options?: WhichTurn): Promise<Cancelled>;

  /** Returns the turns that have not ended, and the agent's open windows. @throws AppError `no_such_name` */
  status(): Promise<Status>;

  /** @throws AppError `no_such_name` */
  show(): Promise<ConversationSummary>;

  /**
   * Returns the turns that have ended, oldest first, including those from before `/clear` and those of lost
   * conversations. With `last`, returns only that many, the newest ones. `leftOut` returns what else was
   * said.
   *
   * @throws AppError `no_such_name`
   */
  history(options?: { last?: number | undefined }): Promise<PastTurn[]>;

  /**
   * Returns what `history` leaves out, in order: what was said in a window, by another program, before an
   * adoption, or before a fork. The list is empty if nothing is left out.
   *
   * @throws AppError `no_such_name`
   */
  leftOut(): Promise<LeftOut[]>;

  /**
   * Returns what the turns of the conversation have used, including those from before `/clear`, without those
   * of the conversation that it was forked from.
   *
   * @throws AppError `no_such_name`
   */
  cost(options?: CostOptions): Promise<Costs>;

  /**
   * Changes the role of the conversation from its next turn on; `undefined` removes it. Codex keeps the role
   * that the conversation began with.
   *
   * @throws AppError `no_such_name`, `unsupported`, `usage`
   */
  setRole(role: string | undefined): Promise<RoleChange>;

  /**
   * Renames the conversation and this handle. Turns that run or wait continue under the new name.
   *
   * @throws AppError `no_such_name`, `name_exists`, `usage`; `busy` while either name is being created
   */
  rename(newName: string): Promise<Renamed>;

  /**
   * Removes the name. The conversation is kept for at least 30 days, so that `sessions.restore` can bring the
   * name back.
   *
   * @throws AppError `no_such_name`
   */
  remove(): Promise<Removed>;
}

/** A conversation that was just created. */
export interface NewConversation extends Conversation {
  /**
   * The result of the first turn; check its `outcome`. Absent if the name existed and `ifExists` is `keep`.
   */
  readonly firstTurn?: TurnResult;
}

/** A conversation whose first turn runs in the background. */
export interface DetachedConversation {
  /** Until the agent has begun the conversation, only `wait`, `attach`, `cancel` and `status` find it. */
  conversation: Conversation;
  /** Absent if the name existed and `ifExists` is `keep`. */
  turnId?: string;
}

/** What identifies a named conversation. */
export interface Place {
  name: string;
  agent: string;
  workspace: string;
}
