import type { TestContext } from "node:test";
import { Connection } from "../../../src/stores/postgres/connection.ts";
import { migrate } from "../../../src/stores/postgres/migrate.ts";
import { parseStoreUrl } from "../../../src/stores/store-address.ts";
import { type TestDatabase, testDatabase } from "./database.ts";
import type { Postgres } from "./server.ts";

/** A database with our tables, and a connection of its owner; undefined where the test is skipped. */
export interface OpenDatabase extends TestDatabase {
  connection: Connection;
  /** Another connection, of the owner or of another role; it ends with the test. */
  connect(role?: string): Connection;
}

let migrated: Promise<string> | undefined;

export async function openDatabase(t: TestContext): Promise<OpenDatabase | undefined> {
  const database = await testDatabase(t, (server) => {
    migrated ??= makeTemplate(server);
    return migrated;
  });
  if (database === undefined) return undefined;
  const connect = (role?: string) => {
    const connection = new Connection(
      parseStoreUrl(role === undefined ? database.url : database.as(role), "the test"),
    );
    t.after(() => connection.end());
    return connection;
  };
  return { ...database, connection: connect(), connect };
}

/** A database with our tables, made once: a copy takes a tenth of the time. */
async function makeTemplate(server: Postgres): Promise<string> {
  const name = await server.newDatabase();
  const connection = new Connection(parseStoreUrl(server.url(name), "the test"));
  await migrate(connection);
  await connection.end();
  return name;
}
