import type { NameEdit, NameScope, NameTable } from "../../../domain/names/name.ts";
import type { SessionKey } from "../../../domain/session/session.ts";
import type { ClaimEnd } from "../../../domain/turn/line.ts";
import type { Connection, Queries, Transaction } from "../connection.ts";
import type { Seal } from "../seal.ts";
import type { Tickets } from "./tickets.ts";

/** What the beginning and the end of a turn write beside the line, in the same transaction. */
export interface LineEnds {
  names(queries: Transaction, scope: NameScope, change: (names: NameTable) => NameEdit[]): Promise<unknown>;
  /** Locks the conversation of a turn, and reads what the end of the turn needs. It writes nothing. */
  ending(queries: Transaction, end: JournalEnd): Promise<Ending>;
}

/** The end of a turn that a conversation keeps something of. */
export type JournalEnd = NonNullable<ClaimEnd["journal"]> & Pick<ClaimEnd, "growth">;

/** Writes the end of a turn, in the transaction in which the conversation was locked. */
export interface Ending {
  /** Its journal, its record, and what the transcript has grown by. */
  write(): void;
  /** The last: the turns of all names of a workspace wait for each other from here to the commit. */
  writeNames(): Promise<void>;
}

/** What a claim needs of its line. */
export interface LineParts extends LineEnds {
  connection: Connection;
  tickets: Tickets;
  seal: Seal;
  /** Aborted when the line is closed. */
  closed: AbortSignal;
  /** Says which turn of a lane is done, and writes a ticket if there is more to do. */
  next(queries: Transaction, lane: string, startAfterS?: number): Promise<void>;
  /** Returns the lane of a conversation, locked; makes it where there is none. */
  laneOf(queries: Queries, key: SessionKey, workspace: string): Promise<{ lane: string }>;
  nameKey(name: string): string;
}
