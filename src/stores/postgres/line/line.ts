import { createHash } from "node:crypto";
import type { NameEdit, NameScope, NameTable } from "../../../domain/names/name.ts";
import type { Cancellation } from "../../../domain/runner.ts";
import type { SessionKey } from "../../../domain/session/session.ts";
import {
  busyWith,
  type Claim,
  endOf,
  givenBack,
  isOpen,
  type LineOrder,
  type LinePlace,
  type LineTurn,
  type LineTurnsMeant,
  neverBegan,
  placeOf,
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
import { PostgresClaim } from "./claim.ts";
import type { LineEnds, LineParts } from "./parts.ts";
import {
  keptOf,
  orderOf,
  promptOf,
  promptPlace,
  requestPlace,
  resultPlace,
  saidPlace,
  TURN_COLUMNS,
  type TurnRow,
  turnOf,
} from "./rows.ts";
import { type Ticket, Tickets } from "./tickets.ts";
import { dropCarried, readTree, saveTree } from "./trees.ts";
import { WorkerSign } from "./workers.ts";

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
/** How many tickets a sweep writes in one transaction. */
const SWEPT_AT_ONCE = 500;
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
  /** The turns that somebody here follows: whether something was heard of them since they were looked at. */
  private readonly followed = new Map<string, { isNew: boolean; wake: Set<() => void> }>();
  private readonly claims = new Map<string, PostgresClaim>();
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly connection: Connection,
    {
      names,
      namesAfterTurn,
      journal,
      pieces,
      seal,
      worker = "a worker",
      leaseS = 30,
      isAlive = () => true,
    }: PostgresLineOptions,
  ) {
    this.worker = worker;
    this.leaseS = leaseS;
    this.isAlive = isAlive;
    this.parts = {
      connection,
      tickets: new Tickets(connection),
      seal,
      names,
      namesAfterTurn,
      journal,
      pieces,
      closed: this.closing.signal,
      next: (queries, lane, startAfterS) => this.next(queries, lane, startAfterS),
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
      const lane = known ?? (await newLane(queries, scope));
      if (order.ifBusy === "fail") {
        const [busy] = await queries.query<{ turn_id: string }>(
          "select turn_id from turn where lane = $1 and state <> 'ended' order by seq limit 1",
          [lane],
        );
        if (busy !== undefined) throw busyWith(order, busy.turn_id);
      }
      const [place] = await queries.query<{ last_seq: number; done_seq: number } & LaneOf>(
        "update lane set last_seq = last_seq + 1 where lane = $1 returning last_seq, done_seq, lane, agent, workspace",
        [lane],
      );
      const prompt = seal.bytes(Buffer.from(order.prompt), promptPlace(turnId));
      await queries.query(
        `insert into turn (turn_id, lane, seq, name, is_first, request_id, prompt_sha, prompt, sealed_by, request, state, deadline_at, accepted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', $11, $12)`,
        [
          turnId,
          lane,
          place?.last_seq,
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
      if (order.carried !== undefined) await saveTree(queries, seal, turnId, "before", order.carried);
      if (names !== undefined) await this.parts.names(queries, scope, names);
      if (place !== undefined && place.last_seq === place.done_seq + 1) await this.announce(queries, place);
      return { turnId, isNew: true };
    });
  }

  async find(turnId: string): Promise<LineTurn | undefined> {
    const followed = this.followed.get(turnId);
    if (followed !== undefined) followed.isNew = false;
    for (;;) {
      const [row] = await this.rows("t.turn_id = $1", [turnId]);
      if (row?.is_late !== true) return row && turnOf(row, this.parts.seal);
      await this.endLate("t.turn_id = $1", [turnId]);
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
    if (!areEnded) await this.endLate(isMeant, values);
    const rows = await this.rows(`${which} and ${isMeant} ${order}`, values);
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
      if (row?.state === "queued")
        await this.endWaiting(
          queries,
          row,
          "cancelled",
          `The turn was cancelled by ${by.by} before it began.`,
        );
      await queries.query("select pg_notify('agent_sessions_turn', $1)", [turnId]);
    });
  }

  async changed(turnId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.listen();
    const followed = this.followed.get(turnId) ?? { isNew: true, wake: new Set<() => void>() };
    this.followed.set(turnId, followed);
    if (followed.isNew) {
      followed.isNew = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        followed.wake.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      followed.wake.add(done);
      if (signal?.aborted) done();
      else signal?.addEventListener("abort", done, { once: true });
    });
  }

  async said(turnId: string, from: { attempt: number; next: number }): Promise<Said> {
    const rows = await this.connection.query<{
      attempt: number;
      n: number | null;
      data: Buffer;
      sealed_by: string | null;
    }>(
      `select t.attempt, s.n, s.data, s.sealed_by from turn t left join said s on s.turn_id = t.turn_id and s.attempt = t.attempt
         and s.n >= case when t.attempt = $2 then $3 else 0 end
       where t.turn_id = $1 order by s.n`,
      [turnId, from.attempt, from.next],
    );
    const attempt = rows[0]?.attempt ?? 0;
    let next = attempt === from.attempt ? from.next : 0;
    const pieces: Buffer[] = [];
    for (const { n, data, sealed_by } of rows) {
      // Another piece is on its way.
      if (n === null || n !== next) break;
      pieces.push(this.parts.seal.open({ data, sealedBy: sealed_by }, saidPlace(turnId, attempt, n)));
      next += 1;
    }
    return { attempt, next, bytes: Buffer.concat(pieces) };
  }

  async saidSoFar(turnId: string, tailBytes: number): Promise<SaidSoFar> {
    const { seal } = this.parts;
    // Newest first, until there is enough: the sum of what comes after a piece says whether it is needed.
    const rows = await this.connection.query<{
      attempt: number;
      n: number;
      data: Buffer;
      sealed_by: string | null;
      at: Date;
      bytes: number;
    }>(
      `select * from (
         select s.attempt, s.n, s.data, s.sealed_by, s.at, (sum(length(s.data)) over ())::bigint as bytes,
           sum(length(s.data)) over (order by s.n desc) - length(s.data) as behind
         from said s join turn t on t.turn_id = s.turn_id and t.attempt = s.attempt where s.turn_id = $1) piece
       where behind < $2 order by n`,
      [turnId, tailBytes],
    );
    const [first] = rows;
    const pieces = rows.map(({ attempt, n, data, sealed_by }) =>
      seal.open({ data, sealedBy: sealed_by }, saidPlace(turnId, attempt, n)),
    );
    const tail = Buffer.concat(pieces);
    // What seals a piece is no output; of pieces that were not opened nobody knows it exactly.
    const bytes = first === undefined ? 0 : first.n === 0 ? tail.length : first.bytes;
    return { bytes, at: rows.at(-1)?.at.toISOString(), tail: endOf(tail, tailBytes, first?.n === 0) };
  }

  async work(
    { agents, workspaces, places }: Serves,
    run: (claim: Claim) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { tickets } = this.parts;
    const queues: string[] = [];
    for (const agent of agents)
      for (const workspace of workspaces) queues.push(await tickets.queueOf(agent, workspace));
    await tickets.start(queues, this.leaseS);
    const sign = new WorkerSign(this.connection, {
      name: this.worker,
      leaseS: this.leaseS,
      isAlive: this.isAlive,
    });
    await sign.start({ agents, workspaces, places });
    let wake: () => void = () => undefined;
    let isCalled = true;
    let mustSweep = true;
    const call = () => {
      isCalled = true;
      wake();
    };
    const stopListening = this.connection.listen("agent_sessions_work", (payload) => {
      if (payload === undefined) mustSweep = true;
      if (payload === undefined || queues.includes(payload)) call();
    });
    this.listen();
    const sweeping = setInterval(() => {
      mustSweep = true;
      call();
    }, SWEEP_MS).unref();
    signal.addEventListener("abort", call, { once: true });
    const running = new Set<Promise<void>>();
    try {
      while (!signal.aborted && !this.closing.signal.aborted) {
        isCalled = false;
        try {
          if (mustSweep) {
            mustSweep = false;
            await this.sweep(agents, workspaces);
          }
          for (let found = this.isAlive(); found && !signal.aborted; ) {
            found = false;
            for (const queue of queues) {
              if (running.size >= places || signal.aborted) break;
              const ticket = await tickets.take(queue);
              if (ticket === undefined) continue;
              found = true;
              const claim = await this.begin(ticket);
              if (claim === undefined) continue;
              const work = this.runClaim(claim, run).finally(() => {
                running.delete(work);
                call();
              });
              running.add(work);
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
      await claim.giveBack(String(error)).catch(() => undefined);
    } finally {
      claim.stop();
      if (this.claims.get(claim.order.turnId) === claim) this.claims.delete(claim.order.turnId);
    }
  }

  /** Takes the next turn of a ticket's lane; undefined, with the ticket ended, if there is none. */
  private async begin(ticket: Ticket): Promise<PostgresClaim | undefined> {
    const { tickets, seal } = this.parts;
    const claimed = await this.connection.transaction(async (queries) => {
      await queries.query("select from lane where lane = $1 for update", [ticket.lane]);
      if (!(await tickets.touch(ticket, queries))) return undefined;
      for (;;) {
        const [row] = await queries.query<TurnRow & { is_late: boolean }>(
          `select ${TURN_COLUMNS}, t.prompt, t.state = 'queued' and t.deadline_at <= now() as is_late
           from turn t join lane l using (lane) where t.lane = $1 and t.state <> 'ended' order by t.seq limit 1`,
          [ticket.lane],
        );
        if (row === undefined) {
          await tickets.end(ticket, queries);
          return undefined;
        }
        if (row.is_late) {
          await this.endWaiting(queries, row, "deadline", deadlineMessage(orderOf(row, seal)));
          continue;
        }
        await queries.query(
          `update turn set state = 'running', attempt = attempt + 1, worker = $2, begun_at = null,
             started_at = coalesce(started_at, now()) where turn_id = $1`,
          [row.turn_id, this.worker],
        );
        if (row.attempt > 0) await queries.query("delete from said where turn_id = $1", [row.turn_id]);
        await queries.query("select pg_notify('agent_sessions_turn', $1)", [row.turn_id]);
        return row;
      }
    });
    if (claimed === undefined) return undefined;
    const { attempt, worker, begun_at, cancelled } = claimed;
    const before =
      attempt === 0 || worker === null ? undefined : { worker, attempt, hasBegun: begun_at !== null };
    return new PostgresClaim(
      this.parts,
      {
        order: { ...orderOf(claimed, seal), prompt: promptOf(claimed, seal) },
        attempt: attempt + 1,
        before,
        ticket,
        cancelled,
        begunIn: claimed.session_id ?? undefined,
      },
      { leaseMs: this.leaseS * 1_000, isAlive: this.isAlive },
    );
  }

  /** Writes tickets for lanes that have work and none. */
  private async sweep(agents: readonly string[], workspaces: readonly string[]): Promise<void> {
    await this.endLate("l.agent = any($1) and l.workspace = any($2)", [agents, workspaces]);
    const { tickets } = this.parts;
    for (const agent of agents)
      for (const workspace of workspaces) {
        const queue = await tickets.queueOf(agent, workspace);
        const lanes = await this.connection.query<{ lane: string }>(
          // A set operation: how long it takes does not depend on what the database believes of tickets that are new.
          `select lane::text as lane from lane l where l.agent = $1 and l.workspace = $2 and l.done_seq < l.last_seq
           except select singleton_key from agent_sessions_jobs.job where name = $3 and state in ('created', 'retry', 'active')`,
          [agent, workspace, queue],
        );
        for (let from = 0; from < lanes.length; from += SWEPT_AT_ONCE) {
          const some = lanes.slice(from, from + SWEPT_AT_ONCE).map(({ lane }) => lane);
          await this.connection.transaction((queries) => tickets.sendAll(queries, queue, some));
        }
        if (lanes.length >= SWEPT_AT_ONCE) await tickets.recount();
      }
  }

  private async next(queries: Queries, lane: string, startAfterS?: number): Promise<void> {
    const [row] = await queries.query<{ has_more: boolean } & LaneOf>(
      `update lane set done_seq = coalesce((select min(seq) - 1 from turn where turn.lane = $1 and state <> 'ended'), last_seq)
       where lane = $1 returning done_seq < last_seq as has_more, lane, agent, workspace`,
      [lane],
    );
    if (row?.has_more) await this.announce(queries, row, startAfterS);
  }

  private async announce(
    queries: Queries,
    { lane, agent, workspace }: LaneOf,
    startAfterS = 0,
  ): Promise<void> {
    const queue = await this.parts.tickets.queueOf(agent, workspace);
    await this.parts.tickets.send(queries, queue, lane, startAfterS);
    await queries.query("select pg_notify('agent_sessions_work', $1)", [queue]);
  }

  private async endWaiting(
    queries: Queries,
    row: Omit<TurnRow, "prompt" | "ahead">,
    code: "cancelled" | "deadline",
    message: string,
  ): Promise<void> {
    const { seal } = this.parts;
    const order = orderOf(row, seal);
    const result = neverBegan(order, { outcome: code, code, message }, new Date());
    await queries.query(
      "update turn set state = 'ended', result = $2, ended_at = now() where turn_id = $1 and state = 'queued'",
      [row.turn_id, seal.json(result, resultPlace(row.turn_id))],
    );
    await dropCarried(queries, row.turn_id);
    if (order.begins !== undefined)
      await this.parts.names(queries, order.scope, (names) => givenBack(names, order));
    await queries.query(
      `update lane set done_seq = coalesce((select min(seq) - 1 from turn where turn.lane = $1 and state <> 'ended'), last_seq)
       where lane = $1`,
      [row.lane],
    );
    await queries.query("select pg_notify('agent_sessions_turn', $1)", [row.turn_id]);
  }

  /** Ends the turns that wait past their deadline. */
  private async endLate(condition: string, values: readonly unknown[]): Promise<void> {
    const isLate = "t.state = 'queued' and t.deadline_at <= now()";
    const late = await this.connection.query<{ turn_id: string; lane: string }>(
      `select t.turn_id, t.lane from turn t join lane l using (lane) where ${isLate} and ${condition}`,
      values,
    );
    for (const { turn_id, lane } of late)
      await this.connection.transaction(async (queries) => {
        await queries.query("select from lane where lane = $1 for update", [lane]);
        const [row] = await queries.query<TurnRow>(
          `select ${TURN_COLUMNS} from turn t join lane l using (lane) where t.turn_id = $1 and ${isLate}`,
          [turn_id],
        );
        if (row === undefined) return;
        await this.endWaiting(queries, row, "deadline", deadlineMessage(orderOf(row, this.parts.seal)));
      });
  }

  private rows(condition: string, values: readonly unknown[]): Promise<(TurnRow & { is_late: boolean })[]> {
    return this.connection.query(
      `select ${TURN_COLUMNS}, t.state = 'queued' and t.deadline_at <= now() as is_late, case when t.state = 'queued' then
         (select count(*) from turn b where b.lane = t.lane and b.state <> 'ended' and b.seq < t.seq) else 0 end as ahead
       from turn t join lane l using (lane) where ${condition}`,
      values,
    );
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
    this.stopListening ??= this.connection.listen("agent_sessions_turn", (turnId) => {
      for (const [id, followed] of this.followed) {
        if (turnId !== undefined && turnId !== id) continue;
        followed.isNew = followed.wake.size === 0;
        for (const wake of followed.wake) wake();
      }
      for (const [id, claim] of this.claims)
        if (turnId === undefined || turnId === id) claim.look().catch(() => undefined);
    });
  }
}

interface LaneOf {
  lane: string;
  agent: string;
  workspace: string;
}

/** The lane of a conversation that has not begun. */
async function newLane(queries: Queries, { agent, workspace }: NameScope): Promise<string> {
  const [row] = await queries.query<{ lane: string }>(
    "insert into lane (agent, workspace) values ($1, $2) returning lane",
    [agent, workspace],
  );
  return row?.lane ?? "";
}

async function laneOf(
  queries: Queries,
  { agent, sessionId }: SessionKey,
  workspace: string,
): Promise<string> {
  const lock = () =>
    queries.query<{ lane: string }>(
      "select lane from lane where team = my_team() and agent = $1 and session_id = $2 for update",
      [agent, sessionId],
    );
  const [found] = await lock();
  if (found !== undefined) return found.lane;
  await queries.query(
    "insert into lane (agent, session_id, workspace) values ($1, $2, $3) on conflict (team, agent, session_id) do nothing",
    [agent, sessionId, workspace],
  );
  const [made] = await lock();
  return made?.lane ?? "";
}

function deadlineMessage({ deadlineAt }: Pick<LineOrder, "deadlineAt">): string {
  return `The deadline of ${deadlineAt} has passed.`;
}
