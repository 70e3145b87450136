import { AppError } from "../../domain/errors.ts";
import type { Connection } from "../../stores/postgres/connection.ts";
import { findStoreAddress, type StoreAddress } from "../../stores/store-address.ts";

/** All that speaks with PostgreSQL is in a file of its own: only a start that has a store loads it. */
export const postgres = () => import("../../stores/postgres/index.ts");

export type StoreEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * Returns where the store is that the environment names.
 *
 * @throws AppError `usage` also where it names none
 */
export function requireStoreAddress(env: StoreEnvironment): StoreAddress {
  const address = findStoreAddress(env);
  if (address !== undefined) return address;
  throw new AppError("usage", "No store is set: names and turns are files of this machine.", {
    hint: "Set AGENT_SESSIONS_STORE to the URL of a PostgreSQL database, or AGENT_SESSIONS_STORE_FILE to a file that contains it.",
  });
}

/** Connects with the store that the environment names, until `work` is done. */
export async function withStore<T>(
  env: StoreEnvironment,
  work: (connection: Connection, address: StoreAddress) => Promise<T>,
): Promise<T> {
  const address = requireStoreAddress(env);
  const connection = new (await postgres()).Connection(address);
  try {
    return await work(connection, address);
  } finally {
    await connection.end();
  }
}
