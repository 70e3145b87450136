import { after, type TestContext } from "node:test";
import { type Postgres, startPostgres } from "./server.ts";

let server: Promise<Postgres | { missing: string }> | undefined;
after(async () => {
  const found = await server;
  if (found !== undefined && !("missing" in found)) await found.remove();
});

/** An empty database of one test. */
export interface TestDatabase {
  name: string;
  /** The address for the server's owner. */
  url: string;
  /** The address for another role. */
  as(role: string): string;
  /** Runs statements as the server's owner; returns the rows of the last one. */
  run(sql: string): Promise<Record<string, unknown>[]>;
  server: Postgres;
}

/**
 * Returns an empty database on the server of this test file, which is started by the first test that asks, and removed
 * behind the last. `template` returns the name of a database of which it is a copy. Where no PostgreSQL can be had, the test is skipped with the reason; it then returns undefined.
 */
export async function testDatabase(
  t: TestContext,
  template?: (server: Postgres) => Promise<string>,
): Promise<TestDatabase | undefined> {
  server ??= startPostgres();
  const found = await server;
  if ("missing" in found) {
    t.skip(found.missing);
    return undefined;
  }
  const name = await found.newDatabase(await template?.(found));
  return {
    name,
    url: found.url(name),
    as: (role) => found.url(name, role),
    run: (sql) => found.run(name, sql),
    server: found,
  };
}
