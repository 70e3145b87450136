// Ends its connection to a database once it is told of notices, and says when that is done: connection-worker URL.
import { Connection } from "../../../src/stores/postgres/connection.ts";
import { parseStoreUrl } from "../../../src/stores/store-address.ts";

const connection = new Connection(parseStoreUrl(process.argv[2] ?? "", "the test"));
const untilHeard = setTimeout(() => undefined, 60_000);
connection.listen("agent_sessions_work", async () => {
  clearTimeout(untilHeard);
  await connection.end();
  process.stdout.write("ended\n");
});
