import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import type { AppError } from "../../../src/domain/errors.ts";
import { Connection } from "../../../src/stores/postgres/connection.ts";
import { parseStoreUrl } from "../../../src/stores/store-address.ts";
import { testDatabase } from "../../support/postgres/database.ts";
import { run } from "../../support/run.ts";
import { workerArgv } from "../../support/worker.ts";

test("a database of its own, and a server that can be stopped and started", async (t) => {
  const [first, second] = [await testDatabase(t), await testDatabase(t)];
  if (first === undefined || second === undefined) return;
  t.diagnostic(first.server.version);
  await first.run("create table here (x int); insert into here values (7)");
  await assert.rejects(second.run("select * from here"), /does not exist/);
  await first.server.stop("immediate");
  await assert.rejects(first.run("select * from here"));
  await first.server.start();
  assert.deepEqual(await first.run("select * from here"), [{ x: 7 }]);
  assert.ok(existsSync(first.server.folder));
});

test("whoever is patient waits until the database is back, or he is told to stop", async (t) => {
  const database = await testDatabase(t);
  if (database === undefined) return;
  const address = parseStoreUrl(database.url, "the test");
  const stop = new AbortController();
  const [patient, another] = [new Connection(address, { patience: stop.signal }), new Connection(address)];
  t.after(() => Promise.all([patient.end(), another.end()]));
  const ask = (connection: Connection) => [
    connection.query("select 1 as x"),
    connection.transaction((queries) => queries.query("select 1 as x")),
  ];
  await Promise.all([...ask(patient), ...ask(another)]);
  await database.server.stop("immediate");
  for (const asked of ask(another)) await assert.rejects(asked, { code: "state_unreadable" });
  const asked = ask(patient);
  await database.server.start();
  assert.deepEqual(await Promise.all(asked), [[{ x: 1 }], [{ x: 1 }]]);
  await database.server.stop("immediate");
  const late = ask(patient).map((one) => assert.rejects(one, { code: "state_unreadable" }));
  stop.abort();
  await Promise.all(late);
  await database.server.start();
});

test("a statement that gets no answer in its time is an error, and the next one has another connection", async (t) => {
  const database = await testDatabase(t);
  if (database === undefined) return;
  const connection = new Connection(parseStoreUrl(database.url, "the test"), { most: 1 });
  t.after(() => connection.end());
  const numberOf = async () => (await connection.query<{ n: number }>("select pg_backend_pid() as n"))[0]?.n;
  const before = await numberOf();
  const startedMs = performance.now();
  await assert.rejects(
    connection.within(200).query("select pg_sleep(600)"),
    (error: AppError) => error.code === "state_unreadable" && error.facts.is_away === true,
  );
  assert.notEqual(await numberOf(), before);
  assert.ok(performance.now() - startedMs < 60_000);
});

test("whoever waits for the end of a connection hears of it, also where nothing else keeps the process", async (t) => {
  const database = await testDatabase(t);
  if (database === undefined) return;
  const { code, stdout } = await run([...workerArgv("connection"), database.url], { cwd: "/", env: {} });
  assert.deepEqual([code, stdout], [0, "ended\n"]);
});

test("a statement that is sent and fails takes the transaction with it, and says why", async (t) => {
  const database = await testDatabase(t);
  if (database === undefined) return;
  await database.run("create table here (x int primary key)");
  const connection = new Connection(parseStoreUrl(database.url, "the test"));
  t.after(() => connection.end());
  const insert = "insert into public.here values ($1)";
  const isTaken = { code: "state_unreadable", message: /duplicate key/ };
  await assert.rejects(
    connection.transaction(async (queries) => {
      for (const x of [1, 2, 2, 3]) queries.send(insert, [x]);
    }),
    isTaken,
  );
  await assert.rejects(
    connection.transaction(async (queries) => {
      for (const x of [1, 1]) queries.send(insert, [x]);
      await queries.query("select 1");
    }),
    isTaken,
    "the first error, not that of the statement behind it",
  );
  assert.deepEqual(await database.run("select x from here"), []);
  const order = await connection.transaction(async (queries) => {
    queries.send(insert, [1]);
    const both = Promise.all(
      [1, 2].map((x) => queries.query("select count(*) from public.here where x >= $1", [x])),
    );
    queries.send(insert, [2]);
    return both;
  });
  assert.deepEqual(order, [[{ count: 1 }], [{ count: 0 }]]);
  assert.deepEqual(await database.run("select x from here order by x"), [{ x: 1 }, { x: 2 }]);
});

test("what a transaction asks for behind its end is refused: it would take effect by itself", async (t) => {
  const database = await testDatabase(t);
  if (database === undefined) return;
  await database.run("create table here (x int)");
  const connection = new Connection(parseStoreUrl(database.url, "the test"), { most: 1 });
  t.after(() => connection.end());
  const late: Promise<unknown>[] = [];
  const fails = connection.transaction(async (queries) => {
    const slow = queries
      .query("select pg_sleep(0.1)")
      .then(() => queries.query("insert into public.here values (1)"));
    late.push(assert.rejects(slow, /The transaction is over/));
    throw new Error("fenced");
  });
  await assert.rejects(fails, /fenced/);
  await Promise.all(late);
  assert.deepEqual(await database.run("select x from here"), []);
});
