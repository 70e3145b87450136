/** All that is loaded once a store on PostgreSQL is set, and at no other start. */
export { Transcripts } from "../transcripts.ts";
export { Connection } from "./connection.ts";
export { migrate, migrationSql, requireSchema } from "./migrate.ts";
export { openShared } from "./open.ts";
export { PostgresPieces } from "./pieces.ts";
export { Seal } from "./seal.ts";
export { type StoreStatus, storeStatus } from "./status.ts";
export { PostgresStore } from "./store.ts";
