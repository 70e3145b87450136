import { endOf, type Said, type SaidSoFar } from "../../../domain/turn/line.ts";
import type { LineParts } from "./parts.ts";
import { saidPlace } from "./rows.ts";

/** Returns what a turn's agent has said from a piece on, of its last attempt. */
export async function saidFrom(
  { connection, seal }: LineParts,
  turnId: string,
  from: { attempt: number; next: number },
): Promise<Said> {
  const rows = await connection.query<{
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
    pieces.push(seal.open({ data, sealedBy: sealed_by }, saidPlace(turnId, attempt, n)));
    next += 1;
  }
  return { attempt, next, bytes: Buffer.concat(pieces) };
}

/** Returns the end of what a turn's agent has said so far. */
export async function endOfSaid(
  { connection, seal }: LineParts,
  turnId: string,
  tailBytes: number,
): Promise<SaidSoFar> {
  // Newest first, until there is enough: the sum of what comes after a piece says whether it is needed.
  const rows = await connection.query<{
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
