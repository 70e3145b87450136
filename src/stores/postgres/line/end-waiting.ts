import { type EndInLine, givenBack, neverBegan, outcomeOf } from "../../../domain/turn/line.ts";
import type { Transaction } from "../connection.ts";
import { tellOf } from "./followed.ts";
import type { LineParts } from "./parts.ts";
import { orderOf, resultPlace, TURN_COLUMNS, type TurnRow } from "./rows.ts";

type Waiting = Omit<TurnRow, "prompt" | "ahead">;

/** Ends a turn that has not begun, in its lane that is locked; a name that it was to make is free again. */
export async function endWaiting(
  { seal, names }: LineParts,
  queries: Transaction,
  row: Waiting,
  failure: EndInLine,
): Promise<void> {
  const order = orderOf(row, seal);
  const result = neverBegan(order, { outcome: outcomeOf(failure), ...failure }, new Date());
  queries.send(
    "update turn set state = 'ended', result = $2, ended_at = now() where turn_id = $1 and state = 'queued'",
    [row.turn_id, seal.json(result, resultPlace(row.turn_id))],
  );
  if (order.begins !== undefined) await names(queries, order.scope, (now) => givenBack(now, order));
  queries.send(
    `update lane set done_seq = coalesce((select min(seq) - 1 from turn where turn.lane = $1 and state <> 'ended'), last_seq)
     where lane = $1`,
    [row.lane],
  );
  tellOf(queries, row.turn_id);
}

/** Ends a turn that waits past its deadline. */
export function endPast(parts: LineParts, queries: Transaction, row: Waiting): Promise<void> {
  const { deadlineAt } = orderOf(row, parts.seal);
  return endWaiting(parts, queries, row, {
    code: "deadline",
    message: `The deadline of ${deadlineAt} has passed.`,
  });
}

/** Ends those of the turns that are meant which wait past their deadline. */
export async function endLate(
  parts: LineParts,
  condition: string,
  values: readonly unknown[],
): Promise<void> {
  const isLate = "t.state = 'queued' and t.deadline_at <= now()";
  const late = await parts.connection.query<{ turn_id: string; lane: string }>(
    `select t.turn_id, t.lane from turn t join lane l using (lane) where ${isLate} and ${condition}`,
    values,
  );
  for (const { turn_id, lane } of late)
    await parts.connection.transaction(async (queries) => {
      await queries.query("select from lane where lane = $1 for update", [lane]);
      const [row] = await queries.query<TurnRow>(
        `select ${TURN_COLUMNS} from turn t join lane l using (lane) where t.turn_id = $1 and ${isLate}`,
        [turn_id],
      );
      if (row === undefined) return;
      await endPast(parts, queries, row);
    });
}
