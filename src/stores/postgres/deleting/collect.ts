import type { Connection } from "../connection.ts";

/** How long what is only for callers who come back is kept. */
export interface RowRetention {
  /** Results of ended turns, and the ids of their requests; prompts and answers stay in the journal. */
  keepTurnsMs: number;
  /** What agents have printed, which whoever follows a turn is shown. */
  keepSaidMs: number;
  /** Whether it is only counted. */
  dryRun?: boolean | undefined;
}

/** What was deleted. */
export interface CollectedRows {
  turns: number;
  outputBytes: number;
}

const OLD_SAID =
  "turn_id in (select turn_id from turn where state = 'ended') or not exists (select from turn where turn.turn_id = said.turn_id)";

/** Deletes what nobody can ask for any more. The role has to be a worker's, or the owner's. */
export async function collectRows(
  connection: Connection,
  { keepTurnsMs, keepSaidMs, dryRun = false }: RowRetention,
): Promise<CollectedRows> {
  return connection.transaction(async (queries) => {
    const said = `from said where at < now() - $1 * interval '1 millisecond' and (${OLD_SAID})`;
    const turns = "from turn where state = 'ended' and ended_at < now() - $1 * interval '1 millisecond'";
    const [output] = await queries.query<{ bytes: number }>(
      `select coalesce(sum(length(data)), 0)::bigint as bytes ${said}`,
      [keepSaidMs],
    );
    const [count] = await queries.query<{ turns: number }>(`select count(*) as turns ${turns}`, [
      keepTurnsMs,
    ]);
    if (!dryRun) {
      await queries.query(`delete ${said}`, [keepSaidMs]);
      await queries.query(`delete ${turns}`, [keepTurnsMs]);
      // Where no conversation has begun, and none is about to.
      await queries.query(
        `delete from lane where session_id is null and created_at < now() - $1 * interval '1 millisecond'
           and not exists (select from turn where turn.lane = lane.lane)`,
        [keepTurnsMs],
      );
    }
    return { turns: count?.turns ?? 0, outputBytes: output?.bytes ?? 0 };
  });
}
