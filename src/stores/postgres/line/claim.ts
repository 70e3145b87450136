import type { SessionKey } from "../../../domain/session/session.ts";
import type { Cancellation } from "../../../domain/turn/cancellation.ts";
import { type Claim, type ClaimEnd, Fenced } from "../../../domain/turn/line.ts";
import { type Connection, type Transaction, untilBack } from "../connection.ts";
import { noticeOf, tellOf } from "./followed.ts";
import { announce, nextOf } from "./lanes.ts";
import type { LineParts } from "./parts.ts";
import { resultPlace, saidPlace } from "./rows.ts";
import type { Ticket } from "./tickets.ts";
import { readTree, saveTree } from "./trees.ts";

/** How often the end of a turn is tried again while the database is away. */
const AGAIN_MS = 200;
/** How long output may wait to go together. */
const SAY_MS = 20;
const GIVEN_BACK_S = 5;

interface Claimed {
  order: Claim["order"];
  attempt: number;
  before: Claim["before"];
  ticket: Ticket;
  cancelled: Cancellation | null;
  begunIn: string | undefined;
}

/** A worker's hold on a turn: it holds as long as the turn's row has its attempt. */
export class PostgresClaim implements Claim {
  readonly order: Claim["order"];
  readonly attempt: number;
  readonly before: Claim["before"];
  readonly begunIn: string | undefined;
  private readonly ticket: Ticket;
  private readonly lostSignal = new AbortController();
  private readonly cancelSignal = new AbortController();
  private readonly over = new AbortController();
  private heard: Uint8Array[] = [];
  private saidCount = 0;
  private saying: Promise<void> | undefined;
  private readonly beatMs: number;

  constructor(
    private readonly parts: LineParts,
    { order, attempt, before, ticket, cancelled, begunIn }: Claimed,
    { leaseMs, isAlive }: { leaseMs: number; isAlive(): boolean },
  ) {
    this.order = order;
    this.attempt = attempt;
    this.before = before;
    this.begunIn = begunIn;
    this.ticket = ticket;
    if (cancelled !== null) this.cancelSignal.abort(cancelled);
    this.beatMs = leaseMs / 3;
    void this.beat(isAlive);
  }

  get lost(): AbortSignal {
    return this.lostSignal.signal;
  }

  get cancelled(): AbortSignal {
    return this.cancelSignal.signal;
  }

  private async beatAndLook(): Promise<void> {
    const holds = await this.parts.tickets.touch(this.ticket, this.parts.connection.within(this.beatMs));
    await this.look(holds);
  }

  /** Finds out whether the claim holds, and whether the turn is to end. `holds`: whether its ticket does, as far as is known. */
  async look(holds = true): Promise<void> {
    const [row] = await this.parts.connection.within(this.beatMs).query<{
      attempt: number;
      state: string;
      cancelled: Cancellation | null;
    }>("select attempt, state, cancelled from turn where turn_id = $1", [this.order.turnId]);
    if (this.over.signal.aborted) return;
    // A ticket that has lapsed loses nothing as long as nobody else has begun.
    const isMine = row?.attempt === this.attempt && row.state === "running";
    if (!isMine && (!holds || row === undefined || row.attempt !== this.attempt)) this.lostSignal.abort();
    if (isMine && row.cancelled !== null && !this.cancelled.aborted) this.cancelSignal.abort(row.cancelled);
  }

  stop(): void {
    this.over.abort();
  }

  carried(): Promise<Uint8Array | undefined> {
    return this.untilBack(() =>
      readTree(this.parts.connection, this.parts.seal, this.order.turnId, "before"),
    );
  }

  /** Gives signs of life; where the database was away, as soon as it is back. */
  private async beat(isAlive: () => boolean): Promise<void> {
    for (let pauseMs = this.beatMs; ; ) {
      await pause(pauseMs, this.over.signal);
      if (this.over.signal.aborted) return;
      pauseMs = this.beatMs;
      if (!isAlive()) continue;
      await this.beatAndLook().catch(() => {
        pauseMs = AGAIN_MS;
      });
    }
  }

  async begun(): Promise<void> {
    await this.held((connection) =>
      connection.queryOften(
        "update turn set begun_at = now(), waits_because = null where turn_id = $1 and attempt = $2 and state = 'running' returning 1",
        [this.order.turnId, this.attempt],
      ),
    );
  }

  async isIn({ agent, sessionId }: SessionKey): Promise<void> {
    await this.untilBack(() =>
      this.parts.connection.transaction(async (queries) => {
        await this.requireHold(queries);
        this.nameLane(queries, { agent, sessionId });
      }),
    );
  }

  say(bytes: Uint8Array): void {
    this.heard.push(Uint8Array.from(bytes));
    this.saying ??= new Promise((resolve) => setTimeout(resolve, SAY_MS))
      .then(() => this.sayNow())
      .catch(() => undefined)
      .finally(() => {
        this.saying = undefined;
      });
  }

  private async sayNow(): Promise<void> {
    while (this.heard.length > 0) {
      const data = Buffer.concat(this.heard.splice(0));
      const { turnId } = this.order;
      const n = this.saidCount;
      this.saidCount += 1;
      const sealed = this.parts.seal.bytes(data, saidPlace(turnId, this.attempt, n));
      await this.untilBack(() =>
        this.parts.connection.query(
          `with one as (insert into said (turn_id, attempt, n, data, sealed_by) values ($1, $2, $3, $4, $5)
             on conflict do nothing returning 1)
           select pg_notify('agent_sessions_turn', $6) from one`,
          [turnId, this.attempt, n, sealed.data, sealed.sealedBy, noticeOf(turnId, this.attempt)],
        ),
      );
    }
  }

  async end(end: ClaimEnd): Promise<void> {
    while (this.saying !== undefined) await this.saying;
    const { turnId } = this.order;
    const { parts, ticket } = this;
    await this.untilBack(() =>
      parts.connection.transaction(async (queries) => {
        const { journal, growth } = end;
        const result = parts.seal.json(end.result, resultPlace(turnId));
        queries.send("select from lane where lane = $1 for update", [ticket.lane]);
        const fence = queries.query(
          `update turn set state = 'ended', result = $3, ended_at = now()
           where turn_id = $1 and attempt = $2 and state = 'running' returning 1`,
          [turnId, this.attempt, result],
        );
        const passingOn = nextOf(queries, ticket.lane);
        const conversation = journal && parts.ending(queries, { ...journal, growth });
        // What does not fit the conversation is no error of a turn that has ended before.
        conversation?.catch(() => undefined);
        const [ended, next] = await Promise.all([fence, passingOn]);
        if (ended.length === 0) {
          // The connection may have been lost with the answer to our own commit.
          const mine = await queries.query(
            "select from turn where turn_id = $1 and attempt = $2 and state = 'ended' and ended_at is not null",
            [turnId, this.attempt],
          );
          if (mine.length > 0) return;
          throw new Fenced(turnId);
        }
        const ending = await conversation;
        if (journal !== undefined) this.nameLane(queries, journal.key);
        ending?.write();
        if (end.patch !== undefined) saveTree(queries, parts.seal, turnId, "after", end.patch);
        await parts.tickets.end(ticket, queries);
        if (next !== undefined) await announce(parts, queries, next);
        tellOf(queries, turnId, this.attempt);
        await ending?.writeNames();
      }),
    );
    this.stop();
  }

  async moveTo({ agent, sessionId }: SessionKey): Promise<void> {
    await this.untilBack(() => this.moveNow({ agent, sessionId }));
    this.stop();
  }

  private async moveNow({ agent, sessionId }: SessionKey): Promise<void> {
    const { parts, ticket, order } = this;
    await parts.connection.transaction(async (queries) => {
      await this.requireHold(queries);
      const { lane: to } = await parts.laneOf(queries, { agent, sessionId }, order.scope.workspace);
      const moving = await queries.query<{ turn_id: string }>(
        `select turn_id from turn where lane = $1 and (turn_id = $2 or (state = 'queued' and name = $3)) order by seq`,
        [ticket.lane, order.turnId, parts.nameKey(order.name)],
      );
      for (const { turn_id } of moving) {
        queries.send(
          `with place as (update lane set last_seq = last_seq + 1 where lane = $2 returning last_seq)
           update turn set lane = $2, seq = (select last_seq from place), state = 'queued', attempt = 0, worker = null, begun_at = null, waits_because = null,
             request_id = case when exists (select from turn other where other.lane = $2 and other.request_id = turn.request_id)
               then null else request_id end
           where turn_id = $1`,
          [turn_id, to],
        );
      }
      await parts.tickets.end(ticket, queries);
      await parts.next(queries, ticket.lane);
      await parts.next(queries, to);
      for (const { turn_id } of moving) tellOf(queries, turn_id);
    });
  }

  async giveBack(why: string): Promise<void> {
    const { parts, ticket } = this;
    await this.untilBack(() =>
      parts.connection.transaction(async (queries) => {
        await this.requireHold(queries);
        queries.send("update turn set state = 'queued', waits_because = $2 where turn_id = $1", [
          this.order.turnId,
          JSON.stringify(why),
        ]);
        tellOf(queries, this.order.turnId);
        await parts.tickets.end(ticket, queries);
        await parts.next(queries, ticket.lane, GIVEN_BACK_S);
      }),
    );
    this.stop();
  }

  /** Says which conversation a first turn has begun. */
  private nameLane(queries: Transaction, { agent, sessionId }: SessionKey): void {
    if (this.order.begins === undefined) return;
    queries.send(
      `update lane set session_id = $2 where lane = $1
       and not exists (select from lane other where other.agent = $3 and other.session_id = $2 and other.team = my_team())`,
      [this.ticket.lane, sessionId, agent],
    );
  }

  private async held(work: (connection: Connection) => Promise<unknown[]>): Promise<void> {
    const rows = await this.untilBack(() => work(this.parts.connection));
    if (rows.length === 0) throw new Fenced(this.order.turnId);
  }

  private async requireHold(queries: Transaction): Promise<void> {
    queries.send("select from lane where lane = $1 for update", [this.ticket.lane]);
    const rows = await queries.query(
      "select from turn where turn_id = $1 and attempt = $2 and state = 'running' for update",
      [this.order.turnId, this.attempt],
    );
    if (rows.length === 0) throw new Fenced(this.order.turnId);
  }

  private untilBack<T>(work: () => Promise<T>): Promise<T> {
    return untilBack(work, AGAIN_MS, AbortSignal.any([this.lost, this.parts.closed]));
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms).unref();
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
