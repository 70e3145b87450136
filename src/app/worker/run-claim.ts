import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { SessionKey, TurnEnded } from "../../domain/session/session.ts";
import type { TranscriptStore } from "../../domain/session/transcript-store.ts";
import type { AfterTurn, SessionStore } from "../../domain/store.ts";
import type { Claim } from "../../domain/turn/line.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { hasBegun } from "../../stores/file/turns/turns.ts";
import { runFirstTurn } from "../ask/first-turn.ts";
import { refuseOther } from "../ask/last-used.ts";
import { sendWhenFree } from "../ask/send-when-free.ts";
import { checkBudget, withBudget } from "../budget/check.ts";
import type { Context } from "../context.ts";
import { takeSession } from "../turn/acquire.ts";
import { resultOf } from "../turn/ending/result.ts";
import { isByForeignWriter } from "../turn/foreign-writer.ts";
import { beginTurn, checkBeginning, checkTurn, type PlannedTurn, planRole } from "../turn/plan.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { settleTurn } from "../turn/settle.ts";
import { newTicket } from "../turn/ticket.ts";
import { askToEnd } from "../watch/ask-to-end.ts";
import { replay } from "../watch/replay.ts";
import { waitForEnd } from "../watch/wait.ts";
import { type Allowing, allowedSettings } from "./allowed-settings.ts";
import { ClaimedStore } from "./claimed-store.ts";
import { ConversationFiles } from "./conversation-files.ts";
import { isLostForGood, lostEnd, type OnLost } from "./lost-turn.ts";
import { asTold, neverBeganHere } from "./never-began-here.ts";
import { type LeftBehind, TurnFiles } from "./turn-files.ts";
import { untilEnded } from "./until-ended.ts";

/** What a worker is, apart from the turn that it runs. Its name is the same when it is started again in its place. */
export interface Machine extends Allowing {
  store: SessionStore;
  transcripts: TranscriptStore;
  /** Returns the folder of a workspace here. */
  folderOf(workspace: string): string;
  /** Opens the state of this machine, with another store than its own. */
  open(storeOf: (local: SessionStore) => SessionStore): Context;
  onLost: OnLost;
  hurry?: AbortSignal | undefined;
}

/** Runs a claimed turn to its end, and records it. */
export async function runClaim(machine: Machine, claim: Claim): Promise<void> {
  await new ClaimRun(machine, claim).run();
}

class ClaimRun {
  private readonly context: Context;
  private readonly conversations: ConversationFiles;
  /** Where the agent works: the workspace's folder here, or that of a worktree. */
  private folder: string;
  private files: TurnFiles | undefined;
  private readonly agent: Agent;
  private hasEnded = false;

  constructor(
    private readonly machine: Machine,
    private readonly claim: Claim,
  ) {
    const { order } = claim;
    this.folder = machine.folderOf(order.scope.workspace);
    const { workspace } = order.scope;
    const whereNow = () => this.folder;
    const context = machine.open(
      (local) =>
        new ClaimedStore(machine.store, local, {
          here: (key) => this.conversations.here(key),
          workspace: {
            id: workspace,
            get folder() {
              return whereNow();
            },
          },
          begins: (key) => this.begins(key),
          end: (key, turn, after) => this.end(key, turn, after),
        }),
    );
    this.context = context;
    context.beforeAgent = () => claim.begun();
    this.files = TurnFiles.left(context, order.turnId);
    this.folder = this.files?.folder ?? this.folder;
    this.agent = context.findAgent(order.scope.agent);
    this.conversations = new ConversationFiles(context, machine, this.agent, whereNow);
  }

  async run(): Promise<void> {
    const { claim, context, machine } = this;
    const { order, before } = claim;
    try {
      if (await this.takeUp()) return;
      if (isLostForGood(claim, machine.onLost))
        return await claim.end(await lostEnd(machine.store, claim, context.now()));
      if (before?.hasBegun && order.begins !== undefined) await this.reserveAgain();
      await untilEnded(context, claim, machine.hurry, (listener) =>
        order.begins === undefined ? this.send(listener) : this.begin(listener),
      );
    } catch (error) {
      if (claim.lost.aborted || isFenced(error)) return await this.forget();
      if (this.hasEnded) return;
      await this.leave(error);
    } finally {
      // One whose agent may still run is needed by whoever takes it up.
      if (context.turns.unended(order.turnId) === undefined) await this.closeFiles();
    }
  }

  /** Gets the files ready that the turn works on. */
  private async openFiles({ signal }: TurnListener): Promise<void> {
    const { claim, machine, context } = this;
    await this.closeFiles();
    const folder = machine.folderOf(claim.order.scope.workspace);
    this.files = await TurnFiles.open(context, claim, { folder, worker: machine.name }, signal);
    this.folder = this.files?.folder ?? folder;
  }

  /** What can't be deleted now is found by the next worker in this place. */
  private async closeFiles(): Promise<void> {
    await this.files?.close().catch(() => undefined);
    this.files = undefined;
  }

  private async leftBehind(): Promise<Partial<LeftBehind>> {
    return (await this.files?.after()) ?? {};
  }

  /**
   * Takes up what an earlier attempt of this machine has left: its agent may still run. Returns whether the turn has ended
   * with it.
   */
  private async takeUp(): Promise<boolean> {
    const { claim, context } = this;
    const { turnId, name } = claim.order;
    const mine = context.turns.unended(turnId);
    if (mine === undefined) {
      // Whoever was killed while he wrote it down has left a folder that is no turn yet.
      context.turns.remove(context.turns.find(turnId));
      return false;
    }
    const turn = await context.runner.look(turnId);
    if (this.hasEnded) return true;
    if (turn === undefined || turn.state === "ended") return this.hasEnded;
    await claim.begun();
    const output = await context.runner.output(turnId);
    const over = new AbortController();
    const stop = () => {
      const lost = { at: context.now().toISOString(), by: "the worker" };
      const by = claim.cancelled.aborted ? claim.cancelled.reason : lost;
      void askToEnd(context, turnId, by, over.signal);
    };
    const signal = AbortSignal.any([claim.cancelled, claim.lost]);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    try {
      const end = waitForEnd(context, { name, turnId, last: turn }, () => false);
      end.catch(() => undefined);
      await replay(context, turn, name, output, end, { onBytes: (bytes) => claim.say(bytes) });
      await end;
    } finally {
      over.abort();
      signal.removeEventListener("abort", stop);
      output?.close();
    }
    return this.hasEnded;
  }

  private async send(listener: TurnListener): Promise<void> {
    const { claim, context, agent } = this;
    const { order } = claim;
    const { scope, name, sessionId = "", turnId, calledBy, deadlineAt } = order;
    const names = await context.store.list(scope);
    const entry = entrySince(names, name, sessionId) ?? names.entries.get(name);
    if (entry === undefined)
      throw new AppError(
        "no_such_name",
        `The name ${JSON.stringify(name)} was removed before the turn began.`,
      );
    await refuseOther(context, { scope, entry }, order.usedId);
    const key = { agent: scope.agent, sessionId: entry.sessionId };
    if (entry.sessionId !== sessionId) {
      this.hasEnded = true;
      return claim.moveTo(key);
    }
    await this.clear(key);
    await this.openFiles(listener);
    await this.conversations.bring(key);
    const resolve = async () => ({ scope, entry });
    await sendWhenFree(
      context,
      {
        ...allowedSettings(this.machine, order, (await context.store.session(key).record())?.access),
        name: entry.name,
        agent: agent.name,
        workspace: this.folder,
        mode: { kind: order.isRetry ? "retry" : "plain" },
        prompt: order.prompt,
        partials: order.partials,
        withOpenWindow: order.withOpenWindow,
        trustTranscript: true,
        overBudget: order.overBudget,
        ticket: { turnId, arrival: context.newArrival(), calledBy, deadlineAt },
      },
      listener,
      resolve,
      async () => undefined,
    );
  }

  private async begin(listener: TurnListener): Promise<void> {
    const { claim, context, agent } = this;
    const { order } = claim;
    const { scope, name, turnId, calledBy, deadlineAt, prompt } = order;
    const begins = order.begins ?? { continuity: "new" as const };
    checkBeginning(agent, prompt);
    await this.openFiles(listener);
    const parent =
      begins.continuity === "forked" ? { agent: agent.name, sessionId: begins.forkOf } : undefined;
    if (parent !== undefined) await this.whileFree(parent, () => this.conversations.bring(parent));
    const settings = allowedSettings(this.machine, order, undefined);
    const options = { ...settings, prompt, partials: order.partials };
    const { entry } = await context.store.find(scope, name);
    const endsAtTokens = await checkBudget(
      context,
      {
        agent,
        sessionId: begins.continuity === "fresh" ? begins.freshFor : undefined,
        names: [withBudget(name, order.budget ?? entry?.budget)],
        workspace: scope.workspace,
      },
      { ...settings, overBudget: order.overBudget },
    );
    const launcher = await checkTurn(context, agent, { ...options, roleText: order.roleText });
    const before = parent && (await context.store.session(parent).journal.last());
    const mayChoose = agent.can.chooseId && (parent === undefined || agent.givesForkIds !== true);
    const planned: PlannedTurn = {
      kind: "create",
      scope,
      name,
      cwd: this.folder,
      ...begins,
      sessionId: mayChoose ? context.newUuid() : undefined,
      ...planRole(agent, order, before?.agentVersion),
      budget: order.budget,
    };
    const ticket = { turnId, arrival: context.newArrival(), calledBy, deadlineAt };
    const turn = beginTurn(context, ticket, planned, { ...options, endsAtTokens, launcher });
    const result = await runFirstTurn(context, turn, listener);
    if (this.hasEnded) return;
    // No conversation has begun.
    this.hasEnded = true;
    const { tree, patch } = await this.leftBehind();
    await claim.end({ result: { ...result, workspace: scope.workspace, ...(tree && { tree }) }, patch });
  }

  /** Ends what this machine still runs in a conversation whose turns are another's by now. */
  private async clear({ agent, sessionId }: SessionKey): Promise<void> {
    const { context, claim } = this;
    for (const turn of context.turns.all().open) {
      const { plan, folder } = turn;
      const isIn =
        plan.scope.agent === agent &&
        (plan.sessionId === sessionId || folder.publication()?.sessionId === sessionId);
      if (!isIn || plan.turnId === claim.order.turnId) continue;
      await context.runner.askToEnd(plan.turnId, { at: context.now().toISOString(), by: "the worker" });
      context.turns.remove(folder);
    }
  }

  /** A turn may run here in a conversation that is to be forked: its files must not change meanwhile. */
  private async whileFree(key: SessionKey, work: () => Promise<void>): Promise<void> {
    const { context } = this;
    const held = await takeSession(context, {
      key,
      label: key.sessionId,
      workspace: this.folder,
      ticket: newTicket(context, undefined),
      ifBusy: "wait",
    });
    try {
      await work();
    } finally {
      await held.release();
    }
  }

  private async begins(key: SessionKey): Promise<void> {
    const { order } = this.claim;
    if (order.begins !== undefined) await this.claim.isIn(key);
  }

  private async end(key: SessionKey, turn: TurnEnded, after: AfterTurn): Promise<void> {
    const { claim, machine } = this;
    // A turn of another claim, which this machine has lost.
    if (turn.turnId !== claim.order.turnId) return;
    const { scope } = claim.order;
    const growth = await this.conversations.growth(key).catch((error: unknown) => {
      if (error instanceof AppError && error.code === "conversation_changed") return error;
      throw error;
    });
    // Without its transcript, the next turn would not know of it.
    if (growth instanceof AppError) forgetWhatItSaid(turn, growth);
    const { tree, patch } = await this.leftBehind();
    const whole = { ...turn, ...(tree && { tree }) };
    const result = resultOf(whole, {
      agent: key.agent,
      workspace: scope.workspace,
      sessionId: key.sessionId,
    });
    await machine.store
      .session(key)
      .unread.set(turn.turnId)
      .catch(() => undefined);
    const pieces = growth instanceof AppError ? [] : growth;
    await claim.end({ result, journal: { key, turn: whole, after }, growth: pieces, patch });
    this.hasEnded = true;
  }

  /** A first turn whose agent had begun elsewhere: the name that it has published is reserved again. */
  private async reserveAgain(): Promise<void> {
    const { scope, name, turnId } = this.claim.order;
    const { begunIn } = this.claim;
    await this.machine.store.update(scope, ({ entries, reserved }) => {
      if (reserved.get(name) === turnId) return [];
      const entry = entries.get(name);
      if (entry !== undefined && entry.sessionId !== begunIn) return [];
      const reserve = { op: "reserve" as const, name, turnId };
      return entry === undefined ? [reserve] : [{ op: "remove", name, reason: "create failed" }, reserve];
    });
  }

  /** Deletes what is here of a turn that is another worker's by now. */
  private async forget(): Promise<void> {
    const { context, claim } = this;
    const turn = context.turns.unended(claim.order.turnId);
    if (turn === undefined) return;
    await context.runner
      .askToEnd(claim.order.turnId, { at: context.now().toISOString(), by: "the worker" })
      .catch(() => undefined);
    context.turns.remove(turn.folder);
  }

  /** Records why a turn did not begin, or how one ended that could not be followed. */
  private async leave(error: unknown): Promise<void> {
    const { context, claim } = this;
    const { order } = claim;
    const turn = context.turns.unended(order.turnId);
    if (turn !== undefined && hasBegun(turn) && turn.folder.agentProcess() !== undefined) {
      turn.folder.leave();
      const still = await settleTurn(context, turn);
      if (this.hasEnded) return;
      if (still?.problem !== undefined) throw still.problem;
    }
    if (turn !== undefined) context.turns.remove(turn.folder);
    const told = asTold(error, this.machine.name);
    // What keeps this worker alone from it is nothing that its caller has asked about.
    if (told.code === "busy" && (order.ifBusy !== "fail" || !isByForeignWriter(told)))
      return claim.giveBack(told.message);
    if (told.facts.is_away === true) throw error;
    const result = neverBeganHere(order, told, context.now());
    if (order.begins !== undefined)
      await this.machine.store.update(order.scope, ({ reserved }) =>
        reserved.get(order.name) === order.turnId ? [{ op: "unreserve", name: order.name }] : [],
      );
    await claim.end({ result });
  }
}

/** Says of a turn that is recorded without its transcript that the conversation goes on as if it had not been. */
function forgetWhatItSaid(turn: TurnEnded, { code, message, hint }: AppError): void {
  turn.isPromptKept = false;
  if (turn.outcome !== "succeeded") return;
  turn.outcome = "failed";
  turn.failure = withoutUndefined({ code, message, hint });
}

/** By its name: the class may come from a file that was loaded apart. */
function isFenced(error: unknown): boolean {
  return error instanceof Error && error.name === "Fenced";
}
