import type { SessionKey } from "../../domain/session/session.ts";
import type { Piece, PieceHead } from "../../domain/session/transcript-store.ts";
import { checkContinues, type PieceShelf } from "../transcripts.ts";
import type { Connection, Queries, Transaction } from "./connection.ts";
import { keyText } from "./key-text.ts";
import type { Seal } from "./seal.ts";
import { lockSession, type SessionRow } from "./session.ts";

interface HeadRow {
  path: string;
  generation: number;
  at: number;
  bytes: number;
  upto_sha: Buffer;
}

/** The newest generation of each file, in order. */
const HEADS = `select path, generation, at, bytes, upto_sha from piece
  join session using (session)
  where session.team = my_team() and agent = $1 and session_id = $2
    and generation = (select max(generation) from piece as newer where newer.session = piece.session and newer.file = piece.file)
  order by piece.file, at`;

/** Pieces of transcripts in a table. */
export class PostgresPieces implements PieceShelf {
  constructor(
    private readonly connection: Connection,
    private readonly seal: Seal,
  ) {}

  heads(key: SessionKey): Promise<PieceHead[]> {
    return headsOf(this.connection, key);
  }

  async *contents(key: SessionKey, heads: readonly PieceHead[]): AsyncGenerator<Buffer> {
    for (const head of heads) {
      const [row] = await this.connection.query<{ data: Buffer; sealed_by: string | null }>(
        `select data, sealed_by from piece join session using (session)
         where session.team = my_team() and agent = $1 and session_id = $2 and file = $3 and generation = $4 and at = $5`,
        [...whereOf(key), keyText(head.path), head.generation, head.at],
      );
      if (row === undefined) throw new Error(`The piece of ${head.path} at ${head.at} is gone.`);
      yield this.seal.open({ data: row.data, sealedBy: row.sealed_by }, placeOf(key, head));
    }
  }

  async append(key: SessionKey, pieces: readonly Piece[]): Promise<void> {
    await this.connection.transaction((queries) => this.appendIn(queries, key, pieces));
  }

  /** As `append`, as a part of a transaction, with which it takes effect. */
  async appendIn(queries: Transaction, key: SessionKey, pieces: readonly Piece[]): Promise<void> {
    if (pieces.length === 0) return;
    const [row, write] = await Promise.all([lockSession(queries, key), this.growing(queries, key, pieces)]);
    write(row);
  }

  /**
   * Returns what writes pieces, given the conversation's row: as a part of a transaction that has asked for the lock on that row
   * before.
   */
  async growing(
    queries: Transaction,
    key: SessionKey,
    pieces: readonly Piece[],
  ): Promise<(row: SessionRow) => void> {
    if (pieces.length > 0) checkContinues(await headsOf(queries, key), pieces);
    return (row) => this.write(queries, key, row, pieces);
  }

  private write(
    queries: Transaction,
    key: SessionKey,
    { session, turns }: SessionRow,
    pieces: readonly Piece[],
  ): void {
    for (const piece of pieces) {
      const { data, sealedBy } = this.seal.bytes(piece.data, placeOf(key, piece));
      queries.send(
        `insert into piece (session, file, path, generation, at, turns, bytes, data, sealed_by, upto_sha)
         values ($1, $2, $3::json, $4, $5, $6, $7, $8, $9, $10)`,
        [
          session,
          keyText(piece.path),
          JSON.stringify(piece.path),
          piece.generation,
          piece.at,
          turns,
          piece.bytes,
          data,
          sealedBy,
          piece.uptoSha,
        ],
      );
    }
  }

  async purge(key: SessionKey): Promise<void> {
    await this.connection.query(
      "delete from piece using session where session.session = piece.session and session.team = my_team() and agent = $1 and session_id = $2",
      whereOf(key),
    );
  }
}

async function headsOf(queries: Queries, key: SessionKey): Promise<PieceHead[]> {
  const rows = await queries.query<HeadRow>(HEADS, whereOf(key));
  return rows.map(({ upto_sha, ...head }) => ({ ...head, uptoSha: upto_sha }));
}

function whereOf({ agent, sessionId }: SessionKey): [string, string] {
  return [keyText(agent), keyText(sessionId)];
}

function placeOf(key: SessionKey, { path, generation, at }: PieceHead): string {
  return ["piece", ...whereOf(key), keyText(path), generation, at].join("/");
}
