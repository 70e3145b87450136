import { createHash } from "node:crypto";
import type { NameEdit, NameTable } from "../../../domain/names/name.ts";
import { type Cancellation, endBy } from "../../../domain/turn/cancellation.ts";
import {
  busyWith,
  type Claim,
  isOpen,
  type LineOrder,
  type LinePlace,
  type LineTurn,
  type LineTurnsMeant,
  placeOf,
  reasonOf,
  refuseOtherAgent,
  type Said,
  type SaidSoFar,
  type Serves,
  type TurnLine,
  usedOtherwise,
} from "../../../domain/turn/line.ts";
import type { Connection, Queries } from "../connection.ts";
import { isAway } from "../errors.ts";
import { keyText } from "../key-text.ts";
import type { Seal } from "../seal.ts";
import { beginNext } from "./begin.ts";
import type { PostgresClaim } from "./claim.ts";
import { endLate, endWaiting } from "./end-waiting.ts";
import { FollowedTurns, hearOf, tellOf } from "./followed.ts";
import { announce, calledFor, laneOf, newLane, passOn } from "./lanes.ts";
import type { LineEnds, LineParts } from "./parts.ts";
import { keptOf, promptOf, promptPlace, requestPlace, TURN_COLUMNS, type TurnRow, turnOf } from "./rows.ts";
import { endOfSaid, saidFrom } from "./said.ts";
import { sweep } from "./sweep.ts";
import { type Ticket, Tickets } from "./tickets.ts";
import { readTree, saveTree } from "./trees.ts";
import { isServed, WorkerSign } from "./workers.ts";

interface PostgresLineOptions extends LineEnds {
  seal: Seal;
  /** The worker's name. */
  worker?: string;
  /** How long a worker may give no sign of life; at least 10. */
  leaseS?: number;
  /** Whether this worker gives signs of life; for tests. */
  isAlive?: () => boolean;
}

const LOOK_MS = 1_000;
const SWEEP_MS = 60_000;
/** How many results of late are listed. */
const MOST_ENDED = 500;
const LATELY = "7 days";

/**
 * The line on PostgreSQL. Its rows are the truth: the order is `turn.seq`, the fence `turn.attempt`. Tickets of pg-boss only
 * say who may look, and notices only when.
 */
export class PostgresLine implements TurnLine {
  private readonly parts: LineParts;
  private readonly worker: string;
  private readonly leaseS: number;
  private readonly isAlive: () => boolean;
  private readonly closing = new AbortController();
  private readonly followed = new FollowedTurns();
  private readonly claims = new Map<string, PostgresClaim>();
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly connection: Connection,
    { names, ending, seal, worker = "a worker", leaseS = 30, isAlive = () => true }: PostgresLineOptions,
  ) {
    this.worker = worker;
    this.leaseS = leaseS;
    this.isAlive = isAlive;
    this.parts = {
      connection,
      tickets: new Tickets(connection),
      seal,
      names,
      ending,
      closed: this.closing.signal,
      next: (queries, lane, startAfterS) => passOn(this.parts, queries, lane, startAfterS),
      laneOf: (queries, key, workspace) => laneOf(queries, key, workspace),
      nameKey: keyText,
    };
  }

  close(): void {
    this.closing.abort();
    this.stopListening?.();
    for (const claim of this.claims.values()) claim.stop();
    this.parts.tickets.stop().catch(() => undefined);
  }

  async accept(
    order: LineOrder,
    names?: (names: NameTable) => NameEdit[],
  ): Promise<{ turnId: string; isNew: boolean }> {
    const { turnId, scope, sessionId, requestId } = order;
    const { seal } = this.parts;
    const sha = createHash("sha256").update(order.prompt).digest();
    await this.parts.tickets.ready(scope.agent, scope.workspace);
    return this.connection.transaction(async (queries) => {
      const known =
        sessionId === undefined
          ? undefined
          : await laneOf(queries, { agent: scope.agent, sessionId }, scope.workspace);
      if (requestId !== undefined) {
        // Two requests of one id come one after the other: by their lane, or by their name.
        if (known === undefined)
          await queries.query("select pg_advisory_xact_lock(hashtextextended(my_team() || $1, 0))", [
            JSON.stringify([scope.workspace, order.name, requestId]),
          ]);
        const earlier = await this.rowMade(queries, placeOf(order), requestId);
        if (earlier !== undefined && !isOpen(turnOf(earlier, seal), order)) {
          refuseOtherAgent(order, earlier.agent);
          if (!earlier.prompt_sha.equals(sha)) throw usedOtherwise(requestId);
          return { turnId: earlier.turn_id, isNew: false };
        }
        if (earlier !== undefined)
          await queries.query("update turn set request_id = null where turn_id = $1", [earlier.turn_id]);
      }
      const { lane, last_seq, done_seq, ...whose } = known ?? (await newLane(queries, scope));
      if (order.ifBusy === "fail") {
        const [busy] = await queries.query<{ turn_id: string }>(
          "select turn_id from turn where lane = $1 and state <> 'ended' order by seq limit 1",
          [lane],
        );
        if (busy !== undefined) throw busyWith(order, busy.turn_id);
      }
      const seq = last_seq + 1;
      queries.send("update lane set last_seq = $2 where lane = $1", [lane, seq]);
      const prompt = seal.bytes(Buffer.from(order.prompt), promptPlace(turnId));
      queries.send(
        `insert into turn (turn_id, lane, seq, name, is_first, request_id, prompt_sha, prompt, sealed_by, request, state, deadline_at, accepted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', $11, $12)`,
        [
          turnId,
          lane,
          seq,
          keyText(order.name),
          order.begins !== undefined,
          requestId === undefined ? null : keyText(requestId),
          sha,
          prompt.data,
          prompt.sealedBy,
          seal.json(keptOf(order), requestPlace(turnId)),
          order.deadlineAt ?? null,
          order.acceptedAt,
        ],
      );
      if (order.carried !== undefined) saveTree(queries, seal, turnId, "before", order.carried);
      if (names !== undefined) await this.parts.names(queries, scope, names);
      if (seq === done_seq + 1) await announce(this.parts, queries, { lane, ...whose });
      return { turnId, isNew: true };
    });
  }

  async find(turnId: string): Promise<LineTurn | undefined> {
    this.followed.looked(turnId);
    for (;;) {
      const [row] = await this.connection.queryOften<FoundRow>(turnsWhere("t.turn_id = $1"), [turnId]);
      if (row?.is_late !== true) return row && turnOf(row, this.parts.seal);
      await endLate(this.parts, "t.turn_id = $1", [turnId]);
    }
  }

  async prompt(turnId: string): Promise<string | undefined> {
    const [row] = await this.connection.query<TurnRow>(
      "select turn_id, prompt, sealed_by from turn where turn_id = $1",
      [turnId],
    );
    return row && promptOf(row, this.parts.seal);
  }

  patch(turnId: string): Promise<Uint8Array | undefined> {
    return readTree(this.connection, this.parts.seal, turnId, "after");
  }

  async list({ workspaces, agent, sessionId, areEnded = false }: LineTurnsMeant): Promise<LineTurn[]> {
    const isMeant = `($1::text[] is null or l.workspace = any($1)) and ($2::text is null or l.agent = $2)
      and ($3::text is null or l.session_id = $3)`;
    const which = areEnded
      ? `t.state = 'ended' and t.ended_at > now() - interval '${LATELY}'`
      : "t.state <> 'ended'";
    const order = areEnded
      ? `order by t.ended_at desc limit ${MOST_ENDED}`
      : // Clocks of those who ask differ: in its lane, a turn comes behind those that were accepted before it.
        "order by (t.state = 'running') desc, max(t.accepted_at) over (partition by t.lane order by t.seq), t.seq";
    const values = [workspaces ?? null, agent ?? null, sessionId ?? null];
    if (!areEnded) await endLate(this.parts, isMeant, values);
    const rows = await this.connection.query<FoundRow>(
      turnsWhere(`${which} and ${isMeant} ${order}`),
      values,
    );
    return rows.map((row) => turnOf(row, this.parts.seal));
  }

  async made(place: LinePlace, id: string): Promise<{ turnId: string; promptSha: string } | undefined> {
    const row = await this.rowMade(this.connection, place, id);
    return row && { turnId: row.turn_id, promptSha: row.prompt_sha.toString("hex") };
  }

  async askToEnd(turnId: string, by: Cancellation): Promise<void> {
    await this.connection.transaction(async (queries) => {
      const [found] = await queries.query<{ lane: string }>("select lane from turn where turn_id = $1", [
        turnId,
      ]);
      if (found === undefined) return;
      await queries.query("select from lane where lane = $1 for update", [found.lane]);
      const [row] = await queries.query<TurnRow>(
        `update turn t set cancelled = $2 from lane l where t.turn_id = $1 and l.lane = t.lane and t.state <> 'ended'
         returning ${TURN_COLUMNS}`,
        [turnId, JSON.stringify(by)],
      );
      if (row?.state === "queued") await endWaiting(this.parts, queries, row, endBy(by, false));
      tellOf(queries, turnId);
    });
  }

  isServed(place: { agent: string; workspace: string }): Promise<boolean> {
    return isServed(this.connection, place);
  }

  changed(turnId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.listen();
    return this.followed.changed(turnId, timeoutMs, signal);
  }

  said(turnId: string, from: { attempt: number; next: number }): Promise<Said> {
    return saidFrom(this.parts, turnId, from);
  }

  saidSoFar(turnId: string, tailBytes: number): Promise<SaidSoFar> {
    return endOfSaid(this.parts, turnId, tailBytes);
  }

  async work(
    { agents, workspaces, places }: Serves,
    run: (claim: Claim) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { tickets } = this.parts;
    const { worker, leaseS, isAlive } = this;
    const queues: string[] = [];
    for (const agent of agents)
      for (const workspace of workspaces) queues.push(await tickets.queueOf(agent, workspace));
    await tickets.start(queues, leaseS);
    const sign = new WorkerSign(this.connection, { name: worker, leaseS, isAlive });
    await sign.start({ agents, workspaces, places });
    let wake: () => void = () => undefined;
    let isCalled = true;
    let mustSweep = true;
    const call = () => {
      isCalled = true;
      wake();
    };
    const stopListening = this.connection.listen("agent_sessions_work", (payload) => {
      const called = payload === undefined ? undefined : calledFor(payload);
      if (called !== undefined && !queues.includes(called.queue)) return;
      if (called?.hasTicket !== true) mustSweep = true;
      call();
    });
    this.listen();
    const sweeping = setInterval(() => {
      mustSweep = true;
      call();
    }, SWEEP_MS).unref();
    signal.addEventListener("abort", call, { once: true });
    const running = new Set<Promise<void>>();
    const begin = async (ticket: Ticket) => {
      const claim = await beginNext(this.parts, ticket, { worker, leaseMs: leaseS * 1_000, isAlive });
      if (claim === undefined) return;
      const work = this.runClaim(claim, run).finally(() => {
        // Whoever has had a place free has looked, and is told of what comes.
        const wasFull = running.size >= places;
        running.delete(work);
        if (wasFull) call();
      });
      running.add(work);
    };
    try {
      while (!signal.aborted && !this.closing.signal.aborted) {
        isCalled = false;
        try {
          if (mustSweep) {
            mustSweep = false;
            await sweep(this.parts, { agents, workspaces }).catch((error: unknown) => {
              // What it was called for has no ticket yet.
              mustSweep = true;
              throw error;
            });
          }
          for (let found = isAlive(); found && !signal.aborted; ) {
            found = false;
            for (const queue of queues) {
              const free = places - running.size;
              if (free === 0 || signal.aborted) break;
              const taken = await tickets.take(queue, free);
              // Fewer than it would have taken: there are no more.
              found ||= taken.length === free;
              const begun = await Promise.allSettled(taken.map(begin));
              for (const one of begun) if (one.status === "rejected") throw one.reason;
            }
          }
        } catch (error) {
          if (!isAway(error) && !this.closing.signal.aborted) throw error;
        }
        if (isCalled || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      await Promise.all(running);
    } finally {
      clearInterval(sweeping);
      stopListening();
      signal.removeEventListener("abort", call);
      await sign.stop();
      await tickets.stop().catch(() => undefined);
    }
  }

  private async runClaim(claim: PostgresClaim, run: (claim: Claim) => Promise<void>): Promise<void> {
    this.claims.set(claim.order.turnId, claim);
    try {
      await run(claim);
    } catch (error) {
      await claim.giveBack(reasonOf(error)).catch(() => undefined);
    } finally {
      claim.stop();
      if (this.claims.get(claim.order.turnId) === claim) this.claims.delete(claim.order.turnId);
    }
  }

  private async rowMade(
    queries: Queries,
    place: LinePlace,
    id: string,
  ): Promise<(TurnRow & { prompt_sha: Buffer }) | undefined> {
    const [condition, values] =
      "sessionId" in place
        ? ["l.agent = $2 and l.session_id = $3", [place.agent, place.sessionId]]
        : ["l.workspace = $2 and t.name = $3 and t.is_first", [place.workspace, keyText(place.name)]];
    const [row] = await queries.query<TurnRow & { prompt_sha: Buffer }>(
      `select ${TURN_COLUMNS}, t.prompt_sha, 0 as ahead from turn t join lane l using (lane) where t.request_id = $1 and ${condition}`,
      [keyText(id), ...values],
    );
    return row;
  }

  private listen(): void {
    this.stopListening ??= hearOf(this.connection, (turnId, attempt) => {
      this.followed.ring(turnId);
      for (const [id, claim] of this.claims) {
        const isMeant = turnId === undefined || turnId === id;
        // What its own attempt tells, it knows.
        if (isMeant && attempt !== claim.attempt) claim.look().catch(() => undefined);
      }
    });
  }
}

type FoundRow = TurnRow & { is_late: boolean };

function turnsWhere(condition: string): string {
  return `select ${TURN_COLUMNS}, t.state = 'queued' and t.deadline_at <= now() as is_late, case when t.state = 'queued' then
     (select count(*) from turn b where b.lane = t.lane and b.state <> 'ended' and b.seq < t.seq) else 0 end as ahead
   from turn t join lane l using (lane) where ${condition}`;
}
