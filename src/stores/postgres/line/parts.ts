import type { NameEdit, NameScope, NameTable } from "../../../domain/names/name.ts";
import type { SessionKey, TurnEnded } from "../../../domain/session/session.ts";
import type { Piece } from "../../../domain/session/transcript-store.ts";
import type { AfterTurn } from "../../../domain/store.ts";
import type { Connection, Queries } from "../connection.ts";
import type { Seal } from "../seal.ts";
import type { Tickets } from "./tickets.ts";

/** What the beginning and the end of a turn write beside the line, in the same transaction. */
export interface LineEnds {
  names(queries: Queries, scope: NameScope, change: (names: NameTable) => NameEdit[]): Promise<unknown>;
  journal(queries: Queries, key: SessionKey, turn: TurnEnded, after: AfterTurn | undefined): Promise<void>;
  namesAfterTurn(queries: Queries, names: NonNullable<AfterTurn["names"]>): Promise<void>;
  pieces(queries: Queries, key: SessionKey, growth: readonly Piece[]): Promise<void>;
}

/** What a claim needs of its line. */
export interface LineParts extends LineEnds {
  connection: Connection;
  tickets: Tickets;
  seal: Seal;
  /** Aborted when the line is closed. */
  closed: AbortSignal;
  /** Says which turn of a lane is done, and writes a ticket if there is more to do. */
  next(queries: Queries, lane: string, startAfterS?: number): Promise<void>;
  /** Returns the lane of a conversation, locked; makes it where there is none. */
  laneOf(queries: Queries, key: SessionKey, workspace: string): Promise<string>;
  nameKey(name: string): string;
}
