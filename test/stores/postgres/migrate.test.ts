import assert from "node:assert/strict";
import test from "node:test";
import { AppError } from "../../../src/domain/errors.ts";
import { Connection } from "../../../src/stores/postgres/connection.ts";
import { migrate, migrationSql, requireSchema } from "../../../src/stores/postgres/migrate.ts";
import { BEGINNING, MIGRATIONS, SCHEMA_VERSION } from "../../../src/stores/postgres/schema.ts";
import { parseStoreUrl } from "../../../src/stores/store-address.ts";
import { testDatabase } from "../../support/postgres/database.ts";

const open = async (t: Parameters<typeof testDatabase>[0]) => {
  const database = await testDatabase(t);
  if (database === undefined) return undefined;
  const connections = [0, 1, 2].map(() => new Connection(parseStoreUrl(database.url, "the test")));
  t.after(() => Promise.all(connections.map((each) => each.end())));
  return { ...database, connections };
};

test("a migration makes the tables once, also when several begin it at once", async (t) => {
  const database = await open(t);
  if (database === undefined) return;
  const [connection] = database.connections;
  assert.ok(connection);
  await assert.rejects(requireSchema(connection), { code: "state_unreadable", message: /has no tables/ });
  const done = await Promise.all(database.connections.map((each) => migrate(each)));
  assert.deepEqual(done.map(({ from }) => from).toSorted(), [0, SCHEMA_VERSION, SCHEMA_VERSION]);
  await requireSchema(connection);
  assert.deepEqual(await migrate(connection), { from: SCHEMA_VERSION, to: SCHEMA_VERSION, steps: [] });
});

test("the tables of each earlier version become those of this one, with what is in them", async (t) => {
  for (const { version } of MIGRATIONS.slice(0, -1)) {
    const database = await open(t);
    const [connection] = database?.connections ?? [];
    if (database === undefined || connection === undefined) return;
    const steps = MIGRATIONS.slice(0, version).map((step) => step.sql);
    await database.run(
      `begin; ${BEGINNING} ${steps.join("\n")} insert into version (version) values (${version}); commit`,
    );
    await database.run(
      "insert into agent_sessions.member (role_name, team) values ('of the earlier version', 'red')",
    );
    await assert.rejects(requireSchema(connection), { code: "state_unreadable", message: /needs \d/ });
    const done = await migrate(connection);
    assert.deepEqual([done.from, done.steps], [version, MIGRATIONS.slice(version).map(({ what }) => what)]);
    await requireSchema(connection);
    assert.deepEqual(await connection.query("select team from member"), [{ team: "red" }]);
  }
});

test("the tables of a newer program are left alone", async (t) => {
  const database = await open(t);
  const [connection] = database?.connections ?? [];
  if (connection === undefined) return;
  await migrate(connection);
  await connection.query("insert into version (version) values ($1)", [SCHEMA_VERSION + 1]);
  for (const work of [migrate, requireSchema])
    await assert.rejects(
      work(connection),
      (error) => error instanceof AppError && error.code === "state_newer",
    );
});

test("what is printed for somebody else to run makes the same tables", async (t) => {
  const [printed, made] = [await open(t), await open(t)];
  const [first, second] = [printed?.connections[0], made?.connections[0]];
  if (printed === undefined || first === undefined || second === undefined) return;
  await printed.run(await migrationSql());
  await requireSchema(first);
  await migrate(second);
  const shape = (connection: Connection) =>
    connection.query(
      "select table_schema, table_name, column_name, data_type from information_schema.columns where table_schema like 'agent_sessions%' order by 1, 2, 3",
    );
  assert.deepEqual(await shape(first), await shape(second));
  assert.deepEqual((await migrate(first)).steps, []);
});
