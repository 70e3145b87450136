import { AppError } from "../../domain/errors.ts";
import { KeeperFolder, type KeeperRecord } from "../../stores/file/keepers.ts";
import type { QueuedTurn } from "../../stores/file/turns/turns.ts";
import type { ProcessIdentity } from "../../system/processes/identity.ts";
import { attendTurn } from "../ask/attend.ts";
import type { Context } from "../context.ts";
import { isSameProcess, lockedFor, takePlace } from "../turn/waiting/keeper.ts";
import { stateOf } from "../turn/waiting/keeper-id.ts";
import { WarmPool } from "../turn/warm/pool.ts";

/** How often to look for what is new, where the kernel does not report changes. */
const LOOK_MS = 5_000;
/** How long an agent stays for a turn that waits here already. */
const BETWEEN_MS = 60_000;

/**
 * Keeps the waiting turns of one conversation that were given to this process: runs them one after another, each in its
 * place in the queue, and returns when there are none. `ended` is aborted when the process is asked to end: then the turn
 * that runs is ended, and what has not begun waits for another process.
 *
 * @throws what keeps a turn from being attended to; the turns that have not begun wait for another process then
 */
export async function keepTurns(context: Context, id: string, ended: AbortSignal): Promise<void> {
  const folder = KeeperFolder.of(context.home, id);
  // Whoever has started this process holds the lock until it is on record.
  if (!(await lockedFor(context, folder, () => isOwn(context, folder)))) return;
  await new Keeping(context, folder, ended).run();
}

/** A turn that this process attends to. */
interface Kept {
  arrival: string;
  keepWarmMs: number;
  /** Lets it go for the conversation. */
  go(): void;
}

class Keeping {
  private readonly inCare = new Map<string, Kept>();
  private readonly retired = new AbortController();
  private wake = new AbortController();
  private failure: { error: unknown } | undefined;
  private readonly context: Context;
  private readonly pool: WarmPool;

  constructor(
    around: Context,
    private readonly folder: KeeperFolder,
    private readonly ended: AbortSignal,
  ) {
    this.context = { ...around };
    this.pool = new WarmPool(
      this.context,
      (turnId) => this.keepMsAfter(turnId),
      () => this.hasChanged(),
    );
    this.context.warm = this.pool;
  }

  async run(): Promise<void> {
    const { context, folder, ended, inCare, retired } = this;
    ended.addEventListener("abort", () => this.wake.abort(), { once: true });
    for (;;) {
      const bell = folder.bell();
      this.wake = new AbortController();
      const record = folder.record();
      const isReplaced =
        !isSelf(context, record?.process) || record?.program !== stateOf(context.program ?? []);
      if (ended.aborted || this.failure !== undefined || isReplaced || folder.isAskedToStop())
        this.retire(new AppError("terminated", "The keeper of the turn was asked to end."));
      if (!retired.signal.aborted) {
        // First: the turn that it is for may be here already.
        await this.prepare();
        for (const turn of this.given()) this.take(turn);
      }
      if (inCare.size === 0 && retired.signal.aborted) await this.pool.close();
      if (inCare.size === 0 && this.pool.size === 0 && (await this.leave())) break;
      await folder.rung(bell, LOOK_MS, this.wake.signal);
    }
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** Begins no other turn, and is given none. */
  private retire(reason: AppError): void {
    if (this.retired.signal.aborted) return;
    this.retired.abort(reason);
    quietly(() => {
      if (isOwn(this.context, this.folder)) this.folder.askToStop("retired");
    });
  }

  /** Returns the turns that were given to this process, in order. */
  private given(): QueuedTurn[] {
    const { context } = this;
    return context.turns.all().queued.filter(({ folder }) => isSelf(context, folder.attendant()));
  }

  private take(turn: QueuedTurn): void {
    const { turnId, arrival, ifBusy, keepWarmMs = 0 } = turn.accepted;
    if (this.inCare.has(turnId)) return;
    let go = (): void => undefined;
    const before = new Promise<void>((resolve) => {
      go = resolve;
    });
    this.inCare.set(turnId, { arrival, keepWarmMs, go });
    // A turn that must not wait looks for itself whether the conversation is free.
    if (ifBusy === "fail") go();
    this.attend(turn, before)
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .then(() => {
        this.inCare.delete(turnId);
        this.letGo();
        this.wake.abort();
      });
    this.letGo();
  }

  /** Lets the first turn go; one that was given later may have come before one that is on its way. */
  private letGo(): void {
    let first: Kept | undefined;
    for (const kept of this.inCare.values())
      if (first === undefined || kept.arrival < first.arrival) first = kept;
    first?.go();
  }

  /** Has an agent ready for the turn that somebody expects, if any. */
  private async prepare(): Promise<void> {
    const { folder, pool } = this;
    const next = folder.askedFor();
    if (next === undefined) return;
    quietly(() => folder.forgetNext());
    await pool.prepare(next);
    this.hasBegun();
  }

  private async attend(turn: QueuedTurn, before: Promise<void>): Promise<void> {
    const { context, ended, retired } = this;
    const place = await takePlace(context, turn.accepted, context.self());
    try {
      const onStarted = () => this.hasBegun();
      await attendTurn(context, turn, { ended, retired: retired.signal, before, onStarted });
    } catch (error) {
      // It has no end yet: a later command sees to it.
      turn.folder.leave();
      throw error;
    } finally {
      await place.leave();
    }
  }

  /** An agent stays at least until the turns that wait here have been run. */
  private keepMsAfter(turnId: string): number {
    const others = [...this.inCare].some(([other]) => other !== turnId);
    return Math.max(this.inCare.get(turnId)?.keepWarmMs ?? 0, others ? BETWEEN_MS : 0);
  }

  /** Puts down whether an agent is warm. */
  private hasChanged(): void {
    this.wake.abort();
    this.note({ isWarm: this.pool.size > 0 });
  }

  /** Puts down that a keeper can begin turns here. */
  private hasBegun(): void {
    this.note({ hasBegun: true });
  }

  /** Changes what is on record of this keeper; only for people and for counting, so an error does not matter. */
  private note(change: Partial<Pick<KeeperRecord, "hasBegun" | "isWarm">>): void {
    quietly(() => {
      const record = this.folder.record();
      if (record !== undefined && isSelf(this.context, record.process))
        this.folder.save({ ...record, ...change });
    });
  }

  /** Takes this process off the record, unless it was given another turn. */
  private async leave(): Promise<boolean> {
    const { context, folder, retired } = this;
    // The state home may be gone, or this process was suspended and another one has its place.
    if (!isOwn(context, folder)) return retired.signal.aborted || this.given().length === 0;
    return lockedFor(context, folder, () => {
      const isWanted = this.given().length > 0 || folder.askedFor() !== undefined;
      if (!retired.signal.aborted && isWanted) return false;
      // A keeper that fails is counted by what it leaves behind.
      if (isOwn(context, folder) && this.failure === undefined) folder.forget();
      return true;
    });
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The disk is full, or the state home is gone.
  }
}

function isOwn(context: Context, folder: KeeperFolder): boolean {
  return isSelf(context, folder.record()?.process);
}

function isSelf({ self }: Context, process: ProcessIdentity | undefined): boolean {
  return isSameProcess(process, self());
}
