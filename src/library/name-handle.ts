import { type Detached, detachCreate, detachSend } from "../app/ask/detach.ts";
import { fork, planFork } from "../app/ask/fork.ts";
import { detachSendOrFork, sendOrFork } from "../app/ask/or-fork.ts";
import { detachSendOrFresh, sendOrFresh } from "../app/ask/or-fresh.ts";
import { type SendRequest, send } from "../app/ask/send.ts";
import type { Context } from "../app/context.ts";
import { type Removed, remove } from "../app/names/remove.ts";
import { type Renamed, rename } from "../app/names/rename.ts";
import { type Costs, cost } from "../app/tell/cost.ts";
import { history } from "../app/tell/history.ts";
import { changeRole } from "../app/tell/role.ts";
import { show } from "../app/tell/show.ts";
import type { TurnResult } from "../app/turn/ending/result.ts";
import type { TurnListener } from "../app/turn/running/listener.ts";
import { type Cancelled, cancel } from "../app/watch/cancel.ts";
import { type Status, status } from "../app/watch/status.ts";
import { wait } from "../app/watch/wait.ts";
import { AppError } from "../domain/errors.ts";
import { inOrder } from "./arrivals.ts";
import { checkOptions, checkText } from "./check-options.ts";
import type { Conversation, DetachedConversation, NewConversation, Place } from "./conversation.ts";
import { withSignal } from "./end-signal.ts";
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
import { turnRequest } from "./turn-request.ts";
import { detachedConversation, toldOfCreated } from "./views/created.ts";
import { type LeftOut, leftOutOf } from "./views/left-out.ts";
import { type PastTurn, pastTurn } from "./views/past-turn.ts";
import { type RoleChange, roleChange } from "./views/role-change.ts";
import { type ConversationSummary, summaryOf } from "./views/summary.ts";
import { FollowedTurn, startTurn, type Told, type Turn, type TurnStream, told } from "./views/turn.ts";

export class NameHandle implements Conversation {
  readonly #context: Context;
  #place: Place;
  readonly #forkFrom: string | undefined;

  /** `forkFrom`: the name of the conversation to fork when a prompt is sent and this name does not exist. */
  constructor(context: Context, place: Place, forkFrom?: string) {
    this.#context = context;
    this.#place = place;
    this.#forkFrom = forkFrom;
  }

  get name(): string {
    return this.#place.name;
  }

  get agent(): string {
    return this.#place.agent;
  }

  get workspace(): string {
    return this.#place.workspace;
  }

  send(prompt: string, options: SendOptions & SignalOption & AskOnceOptions & FreshOption = {}): Turn {
    return startTurn(this.#context, "send", options, async (listener) => {
      const { requestId, fresh } = options;
      const ways = { requestId, fresh, forkFrom: this.#forkFrom };
      const request = { ...turnRequest(options), prompt: checkText("prompt", prompt), ...this.#place };
      return this.#ask(request, oneOf(ways), listener);
    });
  }

  retry(options: SendOptions & SignalOption = {}): Turn {
    return startTurn(this.#context, "retry", options, async (listener) => {
      const request = { ...turnRequest(options), prompt: "", isRetry: true, ...this.#place };
      return this.#ask(request, {}, listener);
    });
  }

  async detach(prompt: string, options: SendOptions & FreshOption = {}): Promise<Detached> {
    checkOptions("detach", options);
    const { fresh, forkFrom } = oneOf({ fresh: options.fresh, forkFrom: this.#forkFrom });
    const request = { ...turnRequest(options), prompt: checkText("prompt", prompt), ...this.#place };
    return this.#inOrder(undefined, () => {
      if (forkFrom !== undefined) return detachSendOrFork(this.#context, { ...request, forkFrom });
      return (fresh ? detachSendOrFresh : detachSend)(this.#context, request);
    });
  }

  fork(newName: string, options: FirstTurnOptions & SignalOption = {}): Turn<NewConversation> {
    return startTurn(this.#context, "fork", options, async (listener) => {
      const created = await fork(this.#context, this.#forkRequest(newName, options), listener);
      return toldOfCreated(this.#context, { ...this.#place, name: newName }, created, this.#handle);
    });
  }

  async forkDetached(newName: string, options: FirstTurnOptions = {}): Promise<DetachedConversation> {
    const request = this.#forkRequest(newName, checkOptions("forkDetached", options));
    const detached = await detachCreate(this.#context, await planFork(this.#context, request));
    return detachedConversation(this.#place, detached, this.#handle);
  }

  attach(options: AttachOptions = {}): TurnStream {
    const { signal, ...which } = checkOptions("attach", options);
    return new FollowedTurn(this.#context, { ...which, ...this.#place }, signal);
  }

  async wait(options: WaitOptions = {}): Promise<TurnResult> {
    const { signal, ...which } = checkOptions("wait", options);
    return withSignal(signal, "Stopped waiting; the turn goes on.", (stopped) =>
      wait(this.#context, { ...which, signal: stopped, ...this.#place }),
    );
  }

  async cancel(options: WhichTurn = {}): Promise<Cancelled> {
    return cancel(this.#context, { ...checkOptions("cancel", options), ...this.#place });
  }

  async status(): Promise<Status> {
    return status(this.#context, this.#place);
  }

  async show(): Promise<ConversationSummary> {
    return summaryOf(await show(this.#context, this.#place));
  }

  async history(options: { last?: number | undefined } = {}): Promise<PastTurn[]> {
    const { turns } = await history(this.#context, { ...checkOptions("history", options), ...this.#place });
    const { agent, workspace } = this.#place;
    return turns.map(({ sessionId, ...turn }) => pastTurn(turn, { agent, workspace, sessionId }));
  }

  async leftOut(): Promise<LeftOut[]> {
    return leftOutOf(await history(this.#context, this.#place));
  }

  async cost(options: CostOptions = {}): Promise<Costs> {
    return cost(this.#context, { ...checkOptions("cost", options), ...this.#place });
  }

  async setRole(role: string | undefined): Promise<RoleChange> {
    const roleText = role === undefined ? undefined : checkText("role", role);
    return roleChange(await changeRole(this.#context, { ...this.#place, roleText }));
  }

  async rename(newName: string): Promise<Renamed> {
    const renamed = await rename(this.#context, {
      ...this.#place,
      newName: checkText("new name", newName),
    });
    this.#place = { ...this.#place, name: renamed.name };
    return renamed;
  }

  async remove(): Promise<Removed> {
    return remove(this.#context, this.#place);
  }

  #ask(
    request: SendRequest,
    { fresh, forkFrom }: { fresh?: boolean | undefined; forkFrom?: string | undefined },
    listener: TurnListener,
  ): Promise<Told<TurnResult>> {
    return this.#inOrder(listener.signal, async (onPlaced) => {
      // A new conversation has its place when other processes can find it by its name.
      const asking = { ...listener, onPlaced, onSessionId: async () => onPlaced() };
      if (forkFrom !== undefined)
        return told(await sendOrFork(this.#context, { ...request, forkFrom }, asking));
      return told(await (fresh ? sendOrFresh : send)(this.#context, request, asking));
    });
  }

  #inOrder<T>(signal: AbortSignal | undefined, work: (onPlaced: () => void) => Promise<T>): Promise<T> {
    const { name, agent, workspace } = this.#place;
    return inOrder([this.#context.home.path, workspace, agent, name], signal, work);
  }

  readonly #handle = (place: Place): Conversation => new NameHandle(this.#context, place);

  #forkRequest(newName: string, options: FirstTurnOptions) {
    const { name: from, agent, workspace } = this.#place;
    return { ...turnRequest(options), from, name: checkText("new name", newName), agent, workspace };
  }
}

/**
 * Returns `ways` if at most one of them is set.
 *
 * @throws AppError `usage` if ways to send contradict each other, in the cases that the types allow.
 */
function oneOf<Ways extends object>(ways: Ways): Ways {
  const given = Object.entries(ways).filter(([, value]) => value !== undefined && value !== false);
  if (given.length < 2) return ways;
  throw new AppError("usage", `${given.map(([way]) => way).join(" and ")} do not go together.`, {
    hint: "Take one of them.",
  });
}
