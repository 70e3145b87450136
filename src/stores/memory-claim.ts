import type { SessionKey } from "../domain/session/session.ts";
import { type Claim, type ClaimEnd, Fenced } from "../domain/turn/line.ts";
import type { MemoryTurns, Row } from "./memory-turns.ts";

const GIVEN_BACK_MS = 20;

/** A worker's hold on a turn of a line in memory. */
export class MemoryClaim implements Claim {
  readonly order: Claim["order"];
  readonly attempt: number;
  readonly begunIn: string | undefined;
  readonly lost: AbortSignal;
  readonly cancelled: AbortSignal;
  private readonly beat: NodeJS.Timeout;

  constructor(
    private readonly shared: MemoryTurns,
    private readonly row: Row,
    held: NonNullable<Row["claim"]>,
    readonly before: Claim["before"],
    private readonly worker: { leaseMs: number; isAlive(): boolean; isDead(): boolean },
  ) {
    const { carried, ...order } = row.order;
    this.order = structuredClone(order);
    this.attempt = row.attempt;
    this.begunIn = row.order.begins && row.lane.sessionId;
    this.lost = held.lost.signal;
    this.cancelled = held.cancelled.signal;
    this.beat = setInterval(() => {
      if (!worker.isAlive()) return;
      held.aliveMs = performance.now();
      if (row.attempt !== this.attempt || row.state === "ended") held.lost.abort();
    }, worker.leaseMs / 4).unref();
  }

  stop(): void {
    clearInterval(this.beat);
  }

  async carried(): Promise<Uint8Array | undefined> {
    return this.row.order.carried;
  }

  async begun(): Promise<void> {
    this.check();
    this.row.begunAt = new Date().toISOString();
    this.row.waitsBecause = undefined;
    this.shared.bell.ring();
  }

  async isIn({ sessionId }: SessionKey): Promise<void> {
    this.check();
    if (this.row.order.begins !== undefined) this.row.lane.sessionId = sessionId;
  }

  say(bytes: Uint8Array): void {
    if (this.row.attempt === this.attempt && !this.worker.isDead()) {
      this.row.said.push(Uint8Array.from(bytes));
      this.row.saidAt = new Date().toISOString();
    }
    this.shared.bell.ring();
  }

  async end({ result, journal, growth = [], patch }: ClaimEnd): Promise<void> {
    this.check();
    const { row } = this;
    // Nothing of it is seen before all of it is there.
    row.state = "ended";
    row.result = structuredClone(result);
    row.patch = patch;
    delete row.order.carried;
    this.letGo();
    if (journal !== undefined) {
      if (row.order.begins !== undefined) row.lane.sessionId = journal.key.sessionId;
      await this.shared.store.session(journal.key).end(journal.turn, journal.after);
      await this.shared.pieces?.append(journal.key, growth);
    }
    this.shared.bell.ring();
  }

  async moveTo(key: SessionKey): Promise<void> {
    this.check();
    const { lanes } = this.shared;
    const { lane, order } = this.row;
    const { workspace } = lane;
    const known = lanes.find(({ agent, sessionId }) => agent === key.agent && sessionId === key.sessionId);
    const to = known ?? { ...key, workspace, turns: [] };
    if (known === undefined) lanes.push(to);
    const moving = lane.turns.filter(
      (row) => row === this.row || (row.state === "queued" && row.order.name === order.name),
    );
    for (const row of moving) {
      Object.assign(row, {
        lane: to,
        state: "queued",
        attempt: 0,
        worker: undefined,
        waitsBecause: undefined,
      });
      row.order.sessionId = key.sessionId;
      to.turns.push(row);
    }
    lane.turns = lane.turns.filter((row) => !moving.includes(row));
    this.letGo();
    this.shared.bell.ring();
  }

  async giveBack(why: string): Promise<void> {
    this.check();
    const notBeforeMs = performance.now() + GIVEN_BACK_MS;
    Object.assign(this.row, { state: "queued", notBeforeMs, waitsBecause: why });
    this.letGo();
  }

  private letGo(): void {
    this.stop();
    this.row.claim = undefined;
  }

  private check(): void {
    if (this.worker.isDead()) throw new Error("this machine is dead");
    if (this.row.attempt !== this.attempt || this.row.state !== "running")
      throw new Fenced(this.order.turnId);
  }
}
