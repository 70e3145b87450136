/**
 * The server of a run of tests over a store: prints, as one line of JSON, the address of the server and the database that each
 * sandbox gets a copy of; ends with its standard input.
 */
import { Connection } from "../../../src/stores/postgres/connection.ts";
import { migrate } from "../../../src/stores/postgres/migrate.ts";
import { parseStoreUrl } from "../../../src/stores/store-address.ts";
import { startPostgres } from "../postgres/server.ts";

const server = await startPostgres({ settings: ["max_connections=1000"] });
if ("missing" in server) {
  console.log(JSON.stringify(server));
} else {
  const template = await server.newDatabase();
  const connection = new Connection(parseStoreUrl(server.url(template), "the test run"));
  await migrate(connection);
  await connection.end();
  console.log(JSON.stringify({ server: server.url("postgres"), template }));
  process.stdin.resume();
  process.stdin.once("end", () => void server.remove().then(() => process.exit(0)));
}
