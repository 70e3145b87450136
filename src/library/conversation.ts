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
 * A handle of a named conversation. It stands for the name: where that is pointed at another conversation, the
 * handle follows, and where it is taken away, everything here throws `no_such_name`. It holds nothing, and there
 * may be any number of them, in any number of processes.
 */
export interface Conversation {
  /** As of the last `rename` through this handle. */
  readonly name: string;
  readonly agent: string;
  /** Absolute, with symbolic links resolved. */
  readonly workspace: string;

  /**
   * Runs one turn in the conversation, after those that were asked for before, by whatever process.
   *
   * @throws AppError `no_such_name`, `busy`, `own_conversation`, `conversation_lost`, `conversation_changed`,
   * `agent_missing`, `usage`, `prompt_empty`, `prompt_too_long`, `unsupported`; `deadline` and `cancelled` before it
   * could begin
   */
  send(prompt: string, options?: SendOptions & SignalOption & AskOnceOptions & FreshOption): Turn;

  /**
   * Tries the last turn again, which did not succeed, without its prompt being said twice.
   *
   * @throws AppError `usage` where there is nothing to try again, and as `send` does
   */
  retry(options?: SendOptions & SignalOption): Turn;

  /**
   * Leaves a turn to the background, where it outlives this process, and resolves as soon as it is accepted and on
   * disk. `wait` gets its answer, `attach` follows it.
   *
   * @throws AppError as `send` does, as far as it can be known now
   */
  detach(prompt: string, options?: SendOptions & FreshOption): Promise<Detached>;

  /**
   * Starts a conversation that begins with the history of this one, under a name of its own. Model, effort, role and
   * access come along. This one stays as it is.
   *
   * @throws AppError `name_exists`, `unsupported`, and as `send` does; the failure of the first turn where nothing
   * came of it that could be continued
   */
  fork(newName: string, options?: FirstTurnOptions & SignalOption): Turn<NewConversation>;

  /** The same, with the first turn left to the background. */
  forkDetached(newName: string, options?: FirstTurnOptions): Promise<DetachedConversation>;

  /**
   * Follows a turn that runs or waits, whoever has asked for it, from its beginning to its end: by default the one
   * that runs, else the next in line, else the last one. Nothing is done before the first loop; each follows anew.
   *
   * @throws AppError `no_such_name`, `no_such_turn`
   */
  attach(options?: AttachOptions): TurnStream;

  /**
   * Waits for a turn, by default the one that was asked for last, and resolves with its result as `send` would have.
   * One that has ended already is told at once.
   *
   * @throws AppError `no_such_name`, `no_such_turn`, `still_running`
   */
  wait(options?: WaitOptions): Promise<TurnResult>;

  /**
   * Ends a turn with all that it has started: by default the one that runs, else the next in line. Resolves once its
   * end is written down.
   *
   * @throws AppError `no_such_name`, `no_such_turn`; `busy` where it runs on another machine
   */
  cancel(options?: WhichTurn): Promise<Cancelled>;

  /** The turns that have not ended, and the agent's own windows. @throws AppError `no_such_name` */
  status(): Promise<Status>;

  /** @throws AppError `no_such_name` */
  show(): Promise<ConversationSummary>;

  /**
   * The turns that have ended, oldest first, those from before `/clear` and of conversations that were lost included;
   * only the `last` ones where that is given. What else was said is told by `leftOut`.
   *
   * @throws AppError `no_such_name`
   */
  history(options?: { last?: number | undefined }): Promise<PastTurn[]>;

  /**
   * What `history` leaves out, in order: what was said in a window, by another program, before an adoption, or before a
   * fork. Empty where there is nothing.
   *
   * @throws AppError `no_such_name`
   */
  leftOut(): Promise<LeftOut[]>;

  /** What its turns have used, from before `/clear` too, without those that it was forked from. @throws AppError `no_such_name` */
  cost(options?: CostOptions): Promise<Costs>;

  /**
   * Gives the conversation another role, from its next turn on, or none. Codex keeps the one that it began with.
   *
   * @throws AppError `no_such_name`, `unsupported`, `usage`
   */
  setRole(role: string | undefined): Promise<RoleChange>;

  /**
   * Gives the conversation another name, and this handle too. Turns under way follow.
   *
   * @throws AppError `no_such_name`, `name_exists`, `usage`; `busy` while either name is being created
   */
  rename(newName: string): Promise<Renamed>;

  /**
   * Takes the name away. The conversation is kept for `sessions.restore`, 30 days at least.
   *
   * @throws AppError `no_such_name`
   */
  remove(): Promise<Removed>;
}

/** A conversation that was just created. */
export interface NewConversation extends Conversation {
  /**
   * What its first turn came to; look at its `outcome`. Absent where the name was there and `ifExists` is `keep`.
   */
  readonly firstTurn?: TurnResult;
}

/** A conversation whose first turn was left to the background. */
export interface DetachedConversation {
  /** Until its agent has begun, only `wait`, `attach`, `cancel` and `status` find it. */
  conversation: Conversation;
  /** Absent where the name was there and `ifExists` is `keep`. */
  turnId?: string;
}

/** Where a conversation is found. */
export interface Place {
  name: string;
  agent: string;
  workspace: string;
}
