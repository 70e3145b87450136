import { createHash } from "node:crypto";
import type { NameEdit, NameTable } from "../domain/names/name.ts";
import type { SessionKey } from "../domain/session/session.ts";
import { type Cancellation, endBy } from "../domain/turn/cancellation.ts";
import {
  busyWith,
  type Claim,
  type EndInLine,
  endOf,
  givenBack,
  isOpen,
  type LineOrder,
  type LinePlace,
  type LineTurn,
  type LineTurnsMeant,
  neverBegan,
  outcomeOf,
  placeOf,
  reasonOf,
  refuseOtherAgent,
  type Said,
  type SaidSoFar,
  type Serves,
  type TurnLine,
  usedOtherwise,
} from "../domain/turn/line.ts";
import { MemoryClaim } from "./memory-claim.ts";
import type { Lane, MemoryTurns, Row } from "./memory-turns.ts";

interface MemoryLineOptions {
  /** The worker's name. */
  worker?: string;
  /** How long a worker may give no sign of life. */
  leaseMs?: number;
  /** Whether this worker gives signs of life; for tests. */
  isAlive?: () => boolean;
}

/** One machine's end of a line in memory: the simplest implementation of the line's contract. */
export class MemoryLine implements TurnLine {
  private readonly worker: string;
  private readonly leaseMs: number;
  private readonly isAlive: () => boolean;
  private isDead = false;
  private readonly serving = new Set<Serves>();

  constructor(
    private readonly shared: MemoryTurns,
    { worker = "a worker", leaseMs = 1_000, isAlive = () => true }: MemoryLineOptions = {},
  ) {
    this.worker = worker;
    this.leaseMs = leaseMs;
    this.isAlive = isAlive;
  }

  /** Nothing of this machine reaches the line any more. */
  die(): void {
    this.isDead = true;
    for (const serves of this.serving) this.shared.serving.delete(serves);
  }

  async accept(
    order: LineOrder,
    names?: (names: NameTable) => NameEdit[],
  ): Promise<{ turnId: string; isNew: boolean }> {
    const place = placeOf(order);
    const earlier = order.requestId === undefined ? undefined : this.rowMade(place, order.requestId);
    if (earlier !== undefined && !isOpen(earlier, order)) {
      refuseOtherAgent(order, earlier.order.scope.agent);
      if (earlier.order.prompt !== order.prompt) throw usedOtherwise(order.requestId);
      return { turnId: earlier.order.turnId, isNew: false };
    }
    if (earlier !== undefined) delete earlier.order.requestId;
    const { sessionId, scope } = order;
    const lane = sessionId === undefined ? undefined : this.laneOf({ agent: scope.agent, sessionId });
    const found = lane ?? { agent: scope.agent, workspace: scope.workspace, sessionId, turns: [] };
    const busy = found.turns.find(({ state }) => state !== "ended");
    if (order.ifBusy === "fail" && busy !== undefined) throw busyWith(order, busy.order.turnId);
    if (names !== undefined) await this.shared.store.update(scope, names);
    if (lane === undefined) this.shared.lanes.push(found);
    const row: Row = {
      lane: found,
      order: structuredClone(order),
      state: "queued",
      attempt: 0,
      said: [],
      notBeforeMs: 0,
    };
    found.turns.push(row);
    this.shared.rows.set(order.turnId, row);
    this.shared.bell.ring();
    return { turnId: order.turnId, isNew: true };
  }

  async find(turnId: string): Promise<LineTurn | undefined> {
    const row = this.shared.rows.get(turnId);
    if (row !== undefined) await this.endLate(row);
    return row && turnOf(row);
  }

  async prompt(turnId: string): Promise<string | undefined> {
    return this.shared.rows.get(turnId)?.order.prompt;
  }

  async patch(turnId: string): Promise<Uint8Array | undefined> {
    return this.shared.rows.get(turnId)?.patch;
  }

  async list({ workspaces, agent, sessionId, areEnded = false }: LineTurnsMeant): Promise<LineTurn[]> {
    for (const row of this.shared.rows.values()) this.endLate(row);
    const found = [...this.shared.rows.values()].filter(
      ({ lane, state }) =>
        (state === "ended") === areEnded &&
        (workspaces === undefined || workspaces.includes(lane.workspace)) &&
        (agent === undefined || lane.agent === agent) &&
        (sessionId === undefined || lane.sessionId === sessionId),
    );
    const of = (state: LineTurn["state"]) => found.filter((row) => row.state === state).map(turnOf);
    return [...of("running"), ...of("queued"), ...of("ended")];
  }

  async made(place: LinePlace, id: string): Promise<{ turnId: string; promptSha: string } | undefined> {
    const row = this.rowMade(place, id);
    return row && { turnId: row.order.turnId, promptSha: shaOf(row.order.prompt) };
  }

  async askToEnd(turnId: string, by: Cancellation): Promise<void> {
    const row = this.shared.rows.get(turnId);
    if (row === undefined || row.state === "ended") return;
    row.cancellation = by;
    if (row.state === "queued") await this.endWaiting(row, endBy(by, false));
    row.claim?.cancelled.abort(by);
    this.shared.bell.ring();
  }

  async changed(_turnId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    await this.shared.bell.heard(timeoutMs, signal);
  }

  async said(turnId: string, from: { attempt: number; next: number }): Promise<Said> {
    const { attempt = 0, said = [] } = this.shared.rows.get(turnId) ?? {};
    const next = attempt === from.attempt ? from.next : 0;
    return { attempt, next: said.length, bytes: Buffer.concat(said.slice(next)) };
  }

  async saidSoFar(turnId: string, tailBytes: number): Promise<SaidSoFar> {
    const { said = [], saidAt } = this.shared.rows.get(turnId) ?? {};
    const all = Buffer.concat(said);
    return { bytes: all.length, at: saidAt, tail: endOf(all, tailBytes) };
  }

  async work(serves: Serves, run: (claim: Claim) => Promise<void>, signal: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    for (const those of [this.serving, this.shared.serving]) those.add(serves);
    while (!signal.aborted) {
      this.passOn();
      const claim =
        running.size < serves.places && this.isAlive() && !this.isDead ? await this.claim(serves) : undefined;
      if (claim === undefined) {
        await this.shared.bell.heard(Math.min(50, this.leaseMs / 4), signal);
        continue;
      }
      const work = run(claim)
        .catch((error: unknown) => claim.giveBack(reasonOf(error)))
        .catch(() => undefined)
        .finally(() => {
          claim.stop();
          running.delete(work);
          this.shared.bell.ring();
        });
      running.add(work);
    }
    for (const those of [this.serving, this.shared.serving]) those.delete(serves);
    await Promise.all(running);
  }

  async isServed({ agent, workspace }: { agent: string; workspace: string }): Promise<boolean> {
    return [...this.shared.serving].some(
      (one) => one.agents.includes(agent) && one.workspaces.includes(workspace),
    );
  }

  private async claim({ agents, workspaces }: Serves): Promise<MemoryClaim | undefined> {
    for (const lane of this.shared.lanes) {
      if (!agents.includes(lane.agent) || !workspaces.includes(lane.workspace)) continue;
      for (const row of lane.turns) await this.endLate(row);
      const row = lane.turns.find(({ state }) => state !== "ended");
      if (row === undefined || row.claim !== undefined || row.notBeforeMs > performance.now()) continue;
      const { worker, attempt, begunAt } = row;
      const before =
        attempt === 0 || worker === undefined
          ? undefined
          : { worker, attempt, hasBegun: begunAt !== undefined };
      Object.assign(row, {
        state: "running",
        attempt: attempt + 1,
        worker: this.worker,
        begunAt: undefined,
        said: [],
        saidAt: undefined,
      });
      const held = {
        lost: new AbortController(),
        cancelled: new AbortController(),
        aliveMs: performance.now(),
      };
      row.claim = held;
      if (row.cancellation !== undefined) held.cancelled.abort(row.cancellation);
      return new MemoryClaim(this.shared, row, held, before, {
        leaseMs: this.leaseMs,
        isAlive: () => this.isAlive() && !this.isDead,
        isDead: () => this.isDead,
      });
    }
    return undefined;
  }

  /** Frees the turns of workers that give no sign of life. */
  private passOn(): void {
    const goneMs = performance.now() - this.leaseMs;
    for (const row of this.shared.rows.values())
      if (row.claim !== undefined && row.claim.aliveMs < goneMs) row.claim = undefined;
  }

  private async endLate(row: Row): Promise<void> {
    const { deadlineAt } = row.order;
    if (row.state !== "queued" || deadlineAt === undefined || Date.parse(deadlineAt) > Date.now()) return;
    await this.endWaiting(row, {
      code: "deadline",
      message: `The deadline of ${deadlineAt} has passed.`,
    });
  }

  private async endWaiting(row: Row, failure: EndInLine): Promise<void> {
    const { order } = row;
    row.state = "ended";
    delete order.carried;
    row.result = neverBegan(order, { outcome: outcomeOf(failure), ...failure }, new Date());
    if (order.begins !== undefined)
      await this.shared.store.update(order.scope, (names) => givenBack(names, order));
  }

  private laneOf({ agent, sessionId }: SessionKey): Lane | undefined {
    return this.shared.lanes.find((lane) => lane.agent === agent && lane.sessionId === sessionId);
  }

  private rowMade(place: LinePlace, id: string): Row | undefined {
    return [...this.shared.rows.values()].find(
      ({ order, lane }) =>
        order.requestId === id &&
        ("sessionId" in place
          ? lane.agent === place.agent && lane.sessionId === place.sessionId
          : order.begins !== undefined &&
            order.scope.workspace === place.workspace &&
            order.name === place.name),
    );
  }
}

function turnOf(row: Row): LineTurn {
  const { lane, state, attempt, worker, begunAt, waitsBecause, cancellation, result } = row;
  const { prompt, carried, ...order } = row.order;
  const unended = lane.turns.filter((other) => other.state !== "ended");
  return structuredClone({
    order,
    state,
    ahead: state === "queued" ? unended.indexOf(row) : 0,
    attempt,
    worker,
    begunAt,
    waitsBecause,
    cancellation,
    sessionId: lane.sessionId,
    result,
  });
}

function shaOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
