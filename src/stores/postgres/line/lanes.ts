import type { NameScope } from "../../../domain/names/name.ts";
import type { SessionKey } from "../../../domain/session/session.ts";
import type { Queries, Transaction } from "../connection.ts";
import type { LineParts } from "./parts.ts";

/** A lane, and who may work on it. */
export interface LaneOf {
  lane: string;
  agent: string;
  workspace: string;
}

/** A lane that is locked: which of its turns was accepted last, and which is done. */
export interface LockedLane extends LaneOf {
  last_seq: number;
  done_seq: number;
}

const LOCKED_LANE = "lane, agent, workspace, last_seq, done_seq";

/** The lane of a conversation that has not begun. */
export async function newLane(queries: Queries, { agent, workspace }: NameScope): Promise<LockedLane> {
  const [row] = await queries.query<LockedLane>(
    `insert into lane (agent, workspace) values ($1, $2) returning ${LOCKED_LANE}`,
    [agent, workspace],
  );
  return there(row);
}

/** Returns the lane of a conversation, locked; makes it where there is none. */
export async function laneOf(
  queries: Queries,
  { agent, sessionId }: SessionKey,
  workspace: string,
): Promise<LockedLane> {
  const lock = () =>
    queries.query<LockedLane>(
      `select ${LOCKED_LANE} from lane where team = my_team() and agent = $1 and session_id = $2 for update`,
      [agent, sessionId],
    );
  const [found] = await lock();
  if (found !== undefined) return found;
  await queries.query(
    "insert into lane (agent, session_id, workspace) values ($1, $2, $3) on conflict (team, agent, session_id) do nothing",
    [agent, sessionId, workspace],
  );
  const [made] = await lock();
  return there(made);
}

function there(row: LockedLane | undefined): LockedLane {
  if (row === undefined) throw new Error("The row of the lane is gone.");
  return row;
}

/** Says which turn of a lane is done, and announces the next one. */
export async function passOn(
  parts: Pick<LineParts, "tickets">,
  queries: Transaction,
  lane: string,
  startAfterS?: number,
): Promise<void> {
  const next = await nextOf(queries, lane);
  if (next !== undefined) await announce(parts, queries, next, startAfterS);
}

/** Says which turn of a lane is done. Returns the lane if it has more to do. */
export async function nextOf(queries: Queries, lane: string): Promise<LaneOf | undefined> {
  const [row] = await queries.query<{ has_more: boolean } & LaneOf>(
    `update lane set done_seq = coalesce((select min(seq) - 1 from turn where turn.lane = $1 and state <> 'ended'), last_seq)
     where lane = $1 returning done_seq < last_seq as has_more, lane, agent, workspace`,
    [lane],
  );
  return row?.has_more ? row : undefined;
}

/**
 * Calls for a worker: with a ticket for the lane, and a notice for those that wait. Where no queue is known, there is no
 * ticket: a worker that has made the queue meanwhile may have looked for work before this turn was there, so the notice says
 * that it must look again.
 */
export async function announce(
  { tickets }: Pick<LineParts, "tickets">,
  queries: Transaction,
  { lane, agent, workspace }: LaneOf,
  startAfterS = 0,
): Promise<void> {
  const queue = await tickets.queueOf(agent, workspace);
  const hasTicket = await tickets.send(queries, queue, lane, startAfterS);
  const call = hasTicket ? queue : `${queue} ${WITHOUT_TICKET}`;
  queries.send("select pg_notify('agent_sessions_work', $1)", [call]);
}

/** Returns which queue a notice is about, and whether its lane has a ticket. */
export function calledFor(notice: string): { queue: string; hasTicket: boolean } {
  const [queue = "", without] = notice.split(" ");
  return { queue, hasTicket: without !== WITHOUT_TICKET };
}

const WITHOUT_TICKET = "without-ticket";
