import { PostgresClaim } from "./claim.ts";
import { endPast } from "./end-waiting.ts";
import { tellOf } from "./followed.ts";
import type { LineParts } from "./parts.ts";
import { orderOf, promptOf, TURN_COLUMNS, type TurnRow } from "./rows.ts";
import type { Ticket } from "./tickets.ts";

/** Takes the next turn of a ticket's lane; undefined, with the ticket ended, if there is none. */
export async function beginNext(
  parts: LineParts,
  ticket: Ticket,
  by: { worker: string; leaseMs: number; isAlive(): boolean },
): Promise<PostgresClaim | undefined> {
  const { connection, tickets, seal } = parts;
  const claimed = await connection.transaction(async (queries) => {
    const first = async () => {
      const [row] = await queries.query<TurnRow & { is_late: boolean }>(
        `select ${TURN_COLUMNS}, t.prompt, t.state = 'queued' and t.deadline_at <= now() as is_late
         from turn t join lane l using (lane) where t.lane = $1 and t.state <> 'ended' order by t.seq limit 1`,
        [ticket.lane],
      );
      return row;
    };
    queries.send("select from lane where lane = $1 for update", [ticket.lane]);
    const [found, holds] = await Promise.all([first(), tickets.touch(ticket, queries)]);
    if (!holds) return undefined;
    for (let row = found; ; row = await first()) {
      if (row === undefined) {
        await tickets.end(ticket, queries);
        return undefined;
      }
      if (row.is_late) {
        await endPast(parts, queries, row);
        continue;
      }
      queries.send(
        `update turn set state = 'running', attempt = attempt + 1, worker = $2, begun_at = null,
           started_at = coalesce(started_at, now()) where turn_id = $1`,
        [row.turn_id, by.worker],
      );
      if (row.attempt > 0) queries.send("delete from said where turn_id = $1", [row.turn_id]);
      tellOf(queries, row.turn_id, row.attempt + 1);
      return row;
    }
  });
  if (claimed === undefined) return undefined;
  const { attempt, worker, begun_at, cancelled } = claimed;
  const before =
    attempt === 0 || worker === null ? undefined : { worker, attempt, hasBegun: begun_at !== null };
  return new PostgresClaim(
    parts,
    {
      order: { ...orderOf(claimed, seal), prompt: promptOf(claimed, seal) },
      attempt: attempt + 1,
      before,
      ticket,
      cancelled,
      begunIn: claimed.session_id ?? undefined,
    },
    by,
  );
}
