import { postgres, type StoreEnvironment, withStore } from "./with-store.ts";

/** What a migration has done. */
export interface StoreMigrated {
  /** The store, without its password. */
  store: string;
  /** The version of its tables before; 0 if there were none. */
  from: number;
  to: number;
  steps: readonly string[];
}

/** Brings the tables of the store to the version of this program. @throws AppError */
export async function migrateStore(env: StoreEnvironment): Promise<StoreMigrated> {
  const { migrate } = await postgres();
  return withStore(env, async (connection, { shown }) => ({ store: shown, ...(await migrate(connection)) }));
}

/** Returns the SQL that makes all tables in an empty database. */
export async function migrationText(): Promise<string> {
  return await (await postgres()).migrationSql();
}
