import { AppError } from "../../../domain/errors.ts";
import type { NameEdit, NameScope, NameTable } from "../../../domain/names/name.ts";
import type { Connection, Transaction } from "../connection.ts";
import { keyText } from "../key-text.ts";

/** What is to be deleted: a name, and conversations that no other name needs. */
export interface PurgeRequest {
  scope: NameScope;
  name: string;
  sessionIds: readonly string[];
  /** Takes the name away. What it throws leaves everything as it is. */
  change(names: NameTable): NameEdit[];
}

/** What was deleted. */
export interface PurgedRows {
  turns: number;
  transcriptBytes: number;
}

/** Changes names as a part of a transaction. */
type ChangeNames = (
  queries: Transaction,
  scope: NameScope,
  change: (names: NameTable) => NameEdit[],
) => Promise<unknown>;

/**
 * Deletes what people and agents have said in conversations: prompts, answers, output, transcripts, records. The name log keeps
 * where the name pointed. All or nothing.
 *
 * @throws AppError `busy` while a turn of one has not ended
 */
export async function purgeRows(
  connection: Connection,
  { scope, name, sessionIds, change }: PurgeRequest,
  changeNames: ChangeNames,
): Promise<PurgedRows> {
  const { agent, workspace } = scope;
  return connection.transaction(async (queries) => {
    // Turns that failed before their conversation began have a lane without one.
    const lanes = await queries.query<{ lane: string }>(
      `select lane from lane where team = my_team() and agent = $1 and (session_id = any($2) or (session_id is null and workspace = $3
         and exists (select from turn where turn.lane = lane.lane and turn.name = $4))) for update`,
      [agent, sessionIds, workspace, keyText(name)],
    );
    const ids = [lanes.map(({ lane }) => lane)];
    const [open] = await queries.query<{ turn_id: string }>(
      "select turn_id from turn where lane = any($1::uuid[]) and state <> 'ended' order by seq limit 1",
      ids,
    );
    if (open !== undefined) throw notEnded(name, open.turn_id);
    await changeNames(queries, scope, change);
    await queries.query(
      "delete from said using turn where said.turn_id = turn.turn_id and turn.lane = any($1::uuid[])",
      ids,
    );
    await queries.query("delete from lane where lane = any($1::uuid[])", ids);
    const whose = [keyText(agent), sessionIds.map(keyText)];
    const [sum] = await queries.query<{ turns: number; bytes: number }>(
      `select coalesce(sum(turns), 0)::int as turns,
         (select coalesce(sum(bytes), 0)::bigint from piece join session using (session)
          where session.team = my_team() and agent = $1 and session_id = any($2)) as bytes
       from session where team = my_team() and agent = $1 and session_id = any($2)`,
      whose,
    );
    // Its journal, its transcript and its locks go with it.
    await queries.query(
      "delete from session where team = my_team() and agent = $1 and session_id = any($2)",
      whose,
    );
    return { turns: sum?.turns ?? 0, transcriptBytes: sum?.bytes ?? 0 };
  });
}

function notEnded(name: string, turnId: string): AppError {
  return new AppError("busy", `${JSON.stringify(name)} is busy: turn ${turnId} has not ended.`, {
    facts: { turn_id: turnId },
  });
}
