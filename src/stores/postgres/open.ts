import type { TranscriptStore } from "../../domain/session/transcript-store.ts";
import type { SessionStore } from "../../domain/store.ts";
import type { TurnLine } from "../../domain/turn/line.ts";
import type { StoreAddress } from "../store-address.ts";
import { Transcripts } from "../transcripts.ts";
import { Connection } from "./connection.ts";
import { type CollectedRows, collectRows, type RowRetention } from "./deleting/collect.ts";
import { type PurgedRows, type PurgeRequest, purgeRows } from "./deleting/purge.ts";
import { PostgresLine } from "./line/line.ts";
import { requireSchema } from "./migrate.ts";
import { PostgresPieces } from "./pieces.ts";
import { Seal } from "./seal.ts";
import { PostgresStore } from "./store.ts";

/** What machines share. */
export interface Shared {
  store: SessionStore;
  line: TurnLine;
  transcripts: TranscriptStore;
  /** Deletes conversations with their name. @throws AppError `busy` */
  purge(request: PurgeRequest): Promise<PurgedRows>;
  /** Deletes what nobody can ask for any more. */
  collect(retention: RowRetention): Promise<CollectedRows>;
  close(): Promise<void>;
}

export interface SharedOptions {
  /** This process, as holders of locks are told. */
  self: unknown;
  now(): Date;
  /** The name of a worker. */
  worker?: string | undefined;
  /** How long a worker may give no sign of life. */
  leaseS?: number | undefined;
}

/** Opens what machines share. @throws AppError `state_unreadable`, `state_newer` */
export async function openShared(
  address: StoreAddress,
  { self, now, worker, leaseS }: SharedOptions,
): Promise<Shared> {
  const connection = new Connection(address);
  try {
    await requireSchema(connection);
  } catch (error) {
    await connection.end().catch(() => undefined);
    throw error;
  }
  const seal = Seal.of(address);
  // A turn that runs goes on while the database is away: what its worker reads and writes for it waits.
  const closing = new AbortController();
  const stored = worker === undefined ? connection : new Connection(address, { patience: closing.signal });
  const store = new PostgresStore({ connection: stored, seal, self, now });
  const pieces = new PostgresPieces(stored, seal);
  const line = new PostgresLine(connection, {
    seal,
    ...(worker === undefined ? {} : { worker }),
    ...(leaseS === undefined ? {} : { leaseS }),
    names: (queries, scope, change) => store.updateIn(queries, scope, change),
    ending: (queries, end) => store.ending(queries, end, pieces),
  });
  const close = async () => {
    line.close();
    closing.abort();
    await store.leave().catch(() => undefined);
    for (const one of new Set([connection, stored])) await one.end().catch(() => undefined);
  };
  return {
    store,
    line,
    transcripts: new Transcripts(pieces),
    purge: (request) =>
      purgeRows(connection, request, (queries, scope, change) => store.updateIn(queries, scope, change)),
    collect: (retention) => collectRows(connection, retention),
    close,
  };
}
