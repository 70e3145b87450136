import { type Detached, inBackground } from "../app/ask/askers/background.ts";
import { here } from "../app/ask/askers/here.ts";
import { fork } from "../app/ask/fork.ts";
import { forkByCopy } from "../app/ask/fork-copy.ts";
import { send } from "../app/ask/send.ts";
import type { SendMode } from "../app/ask/send-request.ts";
import type { Context } from "../app/context.ts";
import { type Removed, remove } from "../app/names/remove.ts";
import { type Renamed, rename } from "../app/names/rename.ts";
import { type Purged, purge } from "../app/store/purge.ts";
import { changeBudget, readBudget } from "../app/tell/budget.ts";
import { type Costs, cost } from "../app/tell/cost.ts";
import { history } from "../app/tell/history.ts";
import type { LeftOut } from "../app/tell/left-out.ts";
import { type NextSend, nextSend } from "../app/tell/next-send.ts";
import { changeRole, type RoleChange } from "../app/tell/role.ts";
import { type ConversationSummary, show } from "../app/tell/show.ts";
import { type Exported, exportConversation } from "../app/travel/export.ts";
import type { PastTurn, TurnResult } from "../app/turn/ending/result.ts";
import type { TurnListener } from "../app/turn/running/listener.ts";
import { type Cancelled, cancel } from "../app/watch/cancel.ts";
import { diff, type TurnDiff } from "../app/watch/diff.ts";
import { type Status, status } from "../app/watch/status.ts";
import { wait } from "../app/watch/wait.ts";
import type { BudgetStanding } from "../domain/budget/caps.ts";
import { AppError } from "../domain/errors.ts";
import { inOrder } from "./arrivals.ts";
import { checkBudgetText, checkOptions, checkText } from "./check-options.ts";
import { detachedConversation, type Place, toldOfCreated } from "./created.ts";
import { withSignal } from "./end-signal.ts";
import type {
  AskOnceOptions,
  AttachOptions,
  CostOptions,
  ExportOptions,
  FirstTurnOptions,
  FreshOption,
  SendOptions,
  SignalOption,
  WaitOptions,
  WhichTurn,
} from "./options.ts";
import { FollowedTurn, startTurn, type Told, type Turn, type TurnStream, told } from "./turn.ts";
import { turnRequest } from "./turn-request.ts";

/**
 * A handle of a named conversation. The handle stands for the name: when the name is pointed at another
 * conversation, the handle follows it; when the name is removed, its methods throw `no_such_name`. A handle
 * holds no lock and no other resource. Any number of handles may exist, in any number of processes.
 */
export class Conversation {
  readonly #context: Context;
  #place: Place;
  /** The name of the conversation to fork when a prompt is sent and this name does not exist. */
  readonly #forkFrom: string | undefined;

  constructor(context: Context, place: Place, forkFrom?: string) {
    this.#context = context;
    this.#place = place;
    this.#forkFrom = forkFrom;
  }

  /** The name after the last `rename` through this handle. */
  get name(): string {
    return this.#place.name;
  }

  get agent(): string {
    return this.#place.agent;
  }

  /** Absolute, with symbolic links resolved. */
  get workspace(): string {
    return this.#place.workspace;
  }

  /**
   * Runs one turn in the conversation, after the turns that any process has asked for before.
   *
   * @throws AppError `no_such_name`, `busy`, `over_budget`, `own_conversation`, `conversation_lost`, `conversation_changed`,
   * `agent_missing`, `usage`, `prompt_empty`, `prompt_too_long`, `unsupported`; `deadline` and `cancelled` if
   * the turn ended before it could begin
   */
  send(prompt: string, options: SendOptions & SignalOption & AskOnceOptions & FreshOption = {}): Turn {
    return startTurn(this.#context, "send", options, async (listener) =>
      this.#send(options, this.#modeOf(options), checkText("prompt", prompt), listener),
    );
  }

  /**
   * Retries the last turn if it did not succeed. Its prompt is not said a second time.
   *
   * @throws AppError `usage` if there is nothing to retry, and as `send` does
   */
  retry(options: SendOptions & SignalOption = {}): Turn {
    return startTurn(this.#context, "retry", options, (listener) =>
      this.#send(options, { kind: "retry" }, "", listener),
    );
  }

  /**
   * Hands a turn over to the background, where it outlives this process. Resolves as soon as the turn is
   * accepted and on disk. `wait` gets its answer, `attach` follows it.
   *
   * @throws AppError as `send` does, for errors that can be known before the turn begins
   */
  async detach(prompt: string, options: SendOptions & AskOnceOptions & FreshOption = {}): Promise<Detached> {
    const request = {
      ...turnRequest(this.#context, checkOptions("detach", options)),
      prompt: checkText("prompt", prompt),
      mode: this.#modeOf(options),
      ...this.#place,
    };
    return this.#inOrder(undefined, () => send(this.#context, request, inBackground()));
  }

  /**
   * Starts a conversation under a new name that begins with the history of this one. The new conversation
   * takes over model, effort, role and access. This one does not change. Without a prompt, no turn runs if the agent
   * allows that, as Claude Code does; `firstTurn` is then absent.
   *
   * @throws AppError `name_exists`, `unsupported`, and as `send` does; the failure of the first turn if it
   * left nothing that can be continued
   */
  fork(newName: string, options: FirstTurnOptions & SignalOption = {}): Turn<NewConversation> {
    return startTurn(this.#context, "fork", options, async (listener) => {
      const request = this.#forkRequest(newName, options);
      const isOnEndSetting = options.onEnd === undefined;
      const copy = await forkByCopy(this.#context, { ...request, isOnEndSetting }, () => listener.signal);
      if (copy !== undefined) {
        const conversation = this.#handle(copy);
        return { take: () => conversation };
      }
      const created = await fork(this.#context, request, here(listener));
      return toldOfCreated(this.#context, { ...this.#place, name: newName }, created, this.#handle);
    });
  }

  /** The same as `fork`, with the first turn in the background. */
  async forkDetached(newName: string, options: FirstTurnOptions = {}): Promise<DetachedConversation> {
    const request = this.#forkRequest(newName, checkOptions("forkDetached", options));
    const detached = await fork(this.#context, request, inBackground());
    return detachedConversation(this.#place, detached, this.#handle);
  }

  /**
   * Follows a turn from its beginning to its end, whichever process asked for it: by default the running
   * turn, else the next queued one, else the last one. Nothing happens before the first loop. Each loop follows
   * the turn anew.
   *
   * @throws AppError `no_such_name`, `no_such_turn`
   */
  attach(options: AttachOptions = {}): TurnStream {
    const { signal, ...which } = checkOptions("attach", options);
    return new FollowedTurn(this.#context, { ...which, ...this.#place }, signal);
  }

  /**
   * Waits for a turn, by default the one that was asked for last, and resolves with the result that `send`
   * would give. If the turn has already ended, it resolves at once.
   *
   * @throws AppError `no_such_name`, `no_such_turn`, `still_running`
   */
  async wait(options: WaitOptions = {}): Promise<TurnResult> {
    const { signal, ...which } = checkOptions("wait", options);
    return withSignal(signal, "Stopped waiting; the turn continues.", (stopped) =>
      wait(this.#context, { ...which, signal: stopped, ...this.#place }),
    );
  }

  /**
   * Ends a turn and every process that it has started: by default the running turn, else the next queued one.
   * Resolves when the end of the turn is recorded.
   *
   * @throws AppError `no_such_name`, `no_such_turn`; `busy` if the turn runs on another machine or in another
   * container, or if the process that runs it does not record its end
   */
  async cancel(options: WhichTurn = {}): Promise<Cancelled> {
    return cancel(this.#context, { ...checkOptions("cancel", options), ...this.#place });
  }

  /** Returns the turns that have not ended, and the agent's open windows. @throws AppError `no_such_name` */
  async status(): Promise<Status> {
    return status(this.#context, this.#place);
  }

  /**
   * Returns what a turn with a `tree` of its own has changed on its worker's machine, as a patch of git relative to the tree
   * that it began with: by default of the turn that was asked for last. Empty if nothing was changed.
   *
   * @throws AppError `no_such_name`, `no_such_turn`, `still_running`; `unsupported` for a turn that worked on the folder
   * itself; `file_refused` for a patch that could not be kept
   */
  async diff(options: WhichTurn = {}): Promise<TurnDiff> {
    return diff(this.#context, { ...checkOptions("diff", options), ...this.#place });
  }

  /**
   * Estimates what the next `send` reads and about what that costs, and sends nothing. `model` is that of the next turn.
   *
   * @throws AppError `no_such_name`
   */
  async nextSend(options: { model?: string | undefined } = {}): Promise<NextSend> {
    return nextSend(this.#context, { ...checkOptions("nextSend", options), ...this.#place });
  }

  /** @throws AppError `no_such_name` */
  async show(): Promise<ConversationSummary> {
    return show(this.#context, this.#place);
  }

  /**
   * Returns the turns that have ended, oldest first, including those from before `/clear` and those of lost
   * conversations. With `last`, returns only that many, the newest ones. `leftOut` returns what else was
   * said.
   *
   * @throws AppError `no_such_name`
   */
  async history(options: { last?: number | undefined } = {}): Promise<PastTurn[]> {
    return (await history(this.#context, { ...checkOptions("history", options), ...this.#place })).turns;
  }

  /**
   * Writes the conversation to one file, with all that another machine needs to continue it: see `Sessions.import`. The
   * file appears whole and durable or not at all, is private to this user, and contains all that was said.
   *
   * @throws AppError `no_such_name`; `unsupported` for an agent whose conversations can't travel; `busy` while a turn
   * runs, `own_conversation` in a turn of its own; `conversation_lost`; `usage` if the file exists; `state_unwritable`
   */
  async export(file: string, options: ExportOptions = {}): Promise<Exported> {
    const { ifExists, withSettings } = checkOptions("export", options);
    const replaces = ifExists === "replace";
    return exportConversation(this.#context, {
      ...this.#place,
      to: checkText("file", file),
      replaces,
      withSettings,
    });
  }

  /**
   * Returns what `history` leaves out, in order: what was said in a window, by another program, before an
   * adoption, or before a fork. The list is empty if nothing is left out.
   *
   * @throws AppError `no_such_name`
   */
  async leftOut(): Promise<LeftOut[]> {
    return (await history(this.#context, this.#place)).leftOut;
  }

  /**
   * Returns what the turns of the conversation have used, including those from before `/clear`, without those
   * of the conversation that it was forked from.
   *
   * @throws AppError `no_such_name`
   */
  async cost(options: CostOptions = {}): Promise<Costs> {
    return cost(this.#context, { ...checkOptions("cost", options), ...this.#place });
  }

  /**
   * Changes the role of the conversation from its next turn on; `undefined` removes it. Codex keeps the role
   * that the conversation began with.
   *
   * @throws AppError `no_such_name`, `unsupported`, `usage`
   */
  async setRole(role: string | undefined): Promise<RoleChange> {
    const roleText = role === undefined ? undefined : checkText("role", role);
    return changeRole(this.#context, { ...this.#place, roleText });
  }

  /** Returns how the name stands with its budget; undefined if it has none. @throws AppError `no_such_name` */
  async budget(): Promise<BudgetStanding | undefined> {
    return (await readBudget(this.#context, this.#place)).budget;
  }

  /**
   * Sets how much the name may use in all, such as `5usd`, `10tok`, `200ktok` or `2Mtok`; `undefined` takes the budget off.
   * All that `cost` counts counts, also from before. Once it is used up, no turn begins: `over_budget`. The turn that
   * crosses it runs to its end. A rename takes the budget along, a fork begins without.
   *
   * @throws AppError `no_such_name`; `unsupported` for dollars where the agent tells none; `usage`, also in a turn of an
   * agent that would raise its budget
   */
  async setBudget(budget: string | undefined): Promise<BudgetStanding | undefined> {
    const given = budget === undefined ? undefined : checkBudgetText(budget);
    return (await changeBudget(this.#context, { ...this.#place, budget: given })).budget;
  }

  /**
   * Renames the conversation and this handle. Turns that run or wait continue under the new name.
   *
   * @throws AppError `no_such_name`, `name_exists`, `usage`; `busy` while either name is being created
   */
  async rename(newName: string): Promise<Renamed> {
    const renamed = await rename(this.#context, {
      ...this.#place,
      newName: checkText("new name", newName),
    });
    this.#place = { ...this.#place, name: renamed.name };
    return renamed;
  }

  /**
   * Removes the name. The conversation is kept for at least 30 days, so that `sessions.restore` can bring the
   * name back.
   *
   * @throws AppError `no_such_name`
   */
  async remove(): Promise<Removed> {
    return remove(this.#context, this.#place);
  }

  /**
   * Deletes the name from a store that machines share, with its conversation and those that it came from by `/clear` or anew:
   * prompts, answers, output, transcripts. Nothing brings them back. Workers may still have files of them.
   *
   * @throws AppError `unsupported` without such a store; `no_such_name`; `usage` if another name or a fork needs one of them,
   * and in a turn of an agent; `busy` while a turn has not ended
   */
  async purge(): Promise<Purged> {
    return purge(this.#context, this.#place);
  }

  #send(
    options: SendOptions & SignalOption,
    mode: SendMode,
    prompt: string,
    listener: TurnListener,
  ): Promise<Told<TurnResult>> {
    const request = { ...turnRequest(this.#context, options), prompt, mode, ...this.#place };
    return this.#inOrder(listener.signal, async (onPlaced) => {
      // A new conversation has its place when other processes can find it by its name.
      const asking = { ...listener, onPlaced, onSessionId: async () => onPlaced() };
      return told(await send(this.#context, request, here(asking)));
    });
  }

  /** @throws AppError `usage` if ways to send contradict each other, in the cases that the types allow */
  #modeOf({ fresh }: FreshOption): SendMode {
    const forkFrom = this.#forkFrom;
    if (fresh && forkFrom !== undefined)
      throw new AppError("usage", "fresh and forkFrom do not go together.", { hint: "Take one of them." });
    if (forkFrom !== undefined) return { kind: "or-fork", from: forkFrom };
    if (fresh) return { kind: "or-fresh" };
    return { kind: "plain" };
  }

  #inOrder<T>(signal: AbortSignal | undefined, work: (onPlaced: () => void) => Promise<T>): Promise<T> {
    const { name, agent, workspace } = this.#place;
    return inOrder([this.#context.home.path, workspace, agent, name], signal, work);
  }

  readonly #handle = (place: Place) => new Conversation(this.#context, place);

  #forkRequest(newName: string, options: FirstTurnOptions) {
    const { name: from, agent, workspace } = this.#place;
    return {
      ...turnRequest(this.#context, options),
      from,
      name: checkText("new name", newName),
      agent,
      workspace,
    };
  }
}

/** A conversation that was just created. */
export interface NewConversation extends Conversation {
  /**
   * The result of the first turn; check its `outcome`. Absent if the name existed and `ifExists` is `keep`, and for a
   * fork without a turn.
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
