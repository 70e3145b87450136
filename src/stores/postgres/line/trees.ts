import type { Queries, Transaction } from "../connection.ts";
import type { Seal } from "../seal.ts";
import { treePlace } from "./rows.ts";

type Part = "before" | "after";

/** Keeps what a turn brings along, or the patch of what it has changed. */
export function saveTree(
  queries: Transaction,
  seal: Seal,
  turnId: string,
  part: Part,
  bytes: Uint8Array,
): void {
  const { data, sealedBy } = seal.bytes(Buffer.from(bytes), treePlace(turnId, part));
  queries.send("insert into tree_part (turn_id, part, data, sealed_by) values ($1, $2, $3, $4)", [
    turnId,
    part,
    data,
    sealedBy,
  ]);
}

export async function readTree(
  queries: Queries,
  seal: Seal,
  turnId: string,
  part: Part,
): Promise<Uint8Array | undefined> {
  const [row] = await queries.query<{ data: Buffer; sealed_by: string | null }>(
    "select data, sealed_by from tree_part where turn_id = $1 and part = $2",
    [turnId, part],
  );
  return row && seal.open({ data: row.data, sealedBy: row.sealed_by }, treePlace(turnId, part));
}
