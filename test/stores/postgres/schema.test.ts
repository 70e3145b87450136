import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { PgBoss } from "pg-boss";
import { AppError } from "../../../src/domain/errors.ts";
import type { Connection } from "../../../src/stores/postgres/connection.ts";
import { collectRows } from "../../../src/stores/postgres/deleting/collect.ts";
import { purgeRows } from "../../../src/stores/postgres/deleting/purge.ts";
import { PostgresLine } from "../../../src/stores/postgres/line/line.ts";
import { WorkerSign, workersSeen } from "../../../src/stores/postgres/line/workers.ts";
import { PostgresPieces } from "../../../src/stores/postgres/pieces.ts";
import { CLIENT_ROLE, JOBS_SCHEMA, WORKER_ROLE } from "../../../src/stores/postgres/schema.ts";
import { Seal } from "../../../src/stores/postgres/seal.ts";
import { PostgresStore } from "../../../src/stores/postgres/store.ts";
import { type OpenDatabase, openDatabase } from "../../support/postgres/open.ts";
import { order } from "../../support/stores/line.contract.ts";
import { createdAt, set } from "../../support/stores/store.contract.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const key = { agent: "claude", sessionId: "s1" };
const scope = { workspace: "git:example/shop", agent: "claude" };
const refused = (error: unknown) => error instanceof AppError && error.facts.sqlstate === "42501";

/** Makes a login of a role and a team. Logins belong to all databases of a server. */
async function login(database: OpenDatabase, role: string, team?: string): Promise<string> {
  const name = `u_${randomUUID().replaceAll("-", "")}`;
  await database.run(`create role ${name} login; grant ${role} to ${name};`);
  if (team !== undefined)
    await database.run(`insert into agent_sessions.member values ('${name}', '${team}')`);
  return name;
}

function storeOf(t: TestContext, connection: Connection, seal = Seal.none): PostgresStore {
  const store = new PostgresStore({ connection, seal, self: null, now: () => new Date() });
  t.after(() => store.leave());
  return store;
}

function pieceOf(data: Buffer, generation = 1) {
  return { path: "transcript", generation, at: 0, bytes: data.length, data, uptoSha: randomBytes(32) };
}

const turn = (text: string) => ({
  turnId: "t1",
  at: createdAt,
  startedAt: createdAt,
  name: "x",
  outcome: "succeeded" as const,
  continuity: "native" as const,
  prompt: text,
  text,
});

test("a client uses names, journals and locks, and can't read a transcript", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const worker = database.connect(await login(database, WORKER_ROLE));
  const client = database.connect(await login(database, CLIENT_ROLE));
  await storeOf(t, worker)
    .session(key)
    .end(turn("hello"), { record: { ...key, workspace: "/w", createdAt } });
  await new PostgresPieces(worker, Seal.none).append(key, [pieceOf(Buffer.from("what was said"))]);

  const store = storeOf(t, client);
  await store.update(scope, () => [set("x", "s1")]);
  assert.equal((await store.session(key).journal.last())?.text, "hello");
  await store.session(key).changeRecord((record) => ({ ...record, roleText: "r" }));
  const held = await store.session(key).lock.tryTake("t2");
  assert.equal(await storeOf(t, worker).session(key).lock.tryTake("t3"), undefined);
  await held?.release();

  const pieces = new PostgresPieces(client, Seal.none);
  const heads = await pieces.heads(key);
  assert.equal(heads.length, 1);
  await assert.rejects(async () => {
    for await (const bytes of pieces.contents(key, heads)) assert.fail(bytes.toString());
  }, refused);
  for (const sql of [
    "select data from piece",
    "select * from piece",
    "update piece set data = ''",
    "delete from piece",
    "delete from journal",
    "update journal set outcome = 'failed'",
    "delete from name_line",
    "select * from member",
    "insert into member values (session_user, 'other')",
    "insert into version values (99)",
    "create table mine (x int)",
  ])
    await assert.rejects(client.query(sql), refused, sql);
  for (const sql of [
    "insert into member values (session_user, 'other')",
    "drop table turn",
    "update journal set n = 9",
  ])
    await assert.rejects(worker.query(sql), { code: "state_unreadable" }, sql);
});

test("a client ends what waits, and changes nothing that has begun", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const worker = database.connect(await login(database, WORKER_ROLE));
  const client = database.connect(await login(database, CLIENT_ROLE));
  const [row] = await client.query<{ lane: string }>(
    "insert into lane (agent, session_id, workspace) values ('claude', 's1', 'w') returning lane",
  );
  for (const [at, id] of ["t1", "t2"].entries())
    await client.query(
      "insert into turn (turn_id, lane, seq, name, prompt, request, state) values ($1, $2, $3, 'x', 'p', '{}', 'queued')",
      [id, row?.lane, at + 1],
    );
  await client.query("update turn set state = 'ended', result = '{}' where turn_id = 't2'");
  await worker.query("update turn set state = 'running', attempt = 1, worker = 'w' where turn_id = 't1'");
  for (const what of ["state = 'ended'", "result = '{}'", "attempt = 7", "worker = 'me'"])
    await assert.rejects(client.query(`update turn set ${what} where turn_id = 't1'`), refused, what);
  await client.query(`update turn set cancelled = '{"by": "me"}' where turn_id = 't1'`);
  await worker.query("update turn set state = 'ended', result = '{}' where turn_id = 't1' and attempt = 1");
});

test("no team sees anything of another, and none can make itself part of one", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const open = async (team?: string) => database.connect(await login(database, WORKER_ROLE, team));
  const [red, blue, none] = [await open("red"), await open("blue"), await open()];
  const [reds, blues, nones] = [storeOf(t, red), storeOf(t, blue), storeOf(t, none)];
  await reds.update(scope, () => [set("x", "s1")]);
  await reds.session(key).end(turn("of red"), { record: { ...key, workspace: "/w", createdAt } });
  await new PostgresPieces(red, Seal.none).append(key, [pieceOf(Buffer.from("of red"))]);
  const [lane] = await red.query<{ lane: string }>(
    "insert into lane (agent, session_id, workspace) values ('claude', 's1', 'w') returning lane",
  );
  await red.query(
    "insert into turn (turn_id, lane, seq, name, prompt, request, state) values ('t1', $1, 1, 'x', 'p', '{}', 'queued')",
    [lane?.lane],
  );
  await red.query("insert into said (turn_id, attempt, n, data) values ('t1', 1, 1, 'p')");
  await reds.session(key).lock.tryTake("t2");
  const tables = await database.run(
    "select table_name as name from information_schema.columns where table_schema = 'agent_sessions' and column_name = 'team' and table_name <> 'member'",
  );
  assert.ok(tables.length >= 11);
  for (const other of [blue, none]) {
    for (const { name } of tables) {
      const seen = name === "presence" || name === "scope" ? "team" : "1";
      assert.deepEqual(await other.query(`select ${seen} from ${name}`), [], String(name));
      await other
        .query(`update ${name} set team = team`)
        .catch((error) => assert.equal(error.facts.sqlstate, "42501"));
    }
    await assert.rejects(
      other.query("insert into lane (team, agent, workspace) values ('red', 'a', 'w')"),
      refused,
    );
  }
  assert.equal((await reds.find(scope, "x")).entry?.sessionId, "s1");
  assert.deepEqual(
    [(await blues.find(scope, "x")).entry, await nones.session(key).record()],
    [undefined, undefined],
  );
  await blues.update(scope, () => [set("x", "of blue")]);
  assert.equal((await reds.find(scope, "x")).entry?.sessionId, "s1");
  await blue.query("set agent_sessions.team = 'red'");
  assert.equal((await blues.find(scope, "x")).entry?.sessionId, "of blue");
  await assert.rejects(blue.query("insert into member values (session_user, 'red')"), refused);
});

test("a worker deletes a conversation for good and what is old, of its own team; a client deletes nothing", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const [worker, other] = [
    database.connect(await login(database, WORKER_ROLE)),
    database.connect(await login(database, WORKER_ROLE, "other")),
  ];
  const client = database.connect(await login(database, CLIENT_ROLE));
  const store = storeOf(t, worker);
  await store.update(scope, () => [set("x", "s1")]);
  await store.session(key).end(turn("hello"), { record: { ...key, workspace: scope.workspace, createdAt } });
  await new PostgresPieces(worker, Seal.none).append(key, [pieceOf(Buffer.from("what was said"))]);
  const addTurn = async (id: string, sessionId: string | null) => {
    const [row] = await worker.query<{ lane: string }>(
      "insert into lane (agent, session_id, workspace, created_at) values ('claude', $1, $2, now() - interval '1 year') returning lane",
      [sessionId, scope.workspace],
    );
    await worker.query(
      `insert into turn (turn_id, lane, seq, name, prompt, request, state, ended_at)
       values ($1, $2, 1, 'x', 'p', '{}', 'ended', now() - interval '1 year')`,
      [id, row?.lane],
    );
    for (const n of [0, 1])
      await worker.query(
        "insert into said (turn_id, attempt, n, data, at) values ($1, 1, $2, 'said', now() - interval '1 year')",
        [id, n],
      );
  };
  const kept = async () =>
    Promise.all(
      ["session", "journal", "piece", "lane", "turn", "said"].map(async (table) => {
        const [row] = await database.run(`select count(*)::int as n from agent_sessions.${table}`);
        return row?.n;
      }),
    );
  const collect = (who: Connection, dryRun = false) =>
    collectRows(who, { keepTurnsMs: 60_000, keepSaidMs: 60_000, dryRun });
  const purge = (who: Connection) =>
    purgeRows(who, { scope, name: "x", sessionIds: ["s1"], change: () => [] }, (queries, ...rest) =>
      storeOf(t, who).updateIn(queries, ...rest),
    );
  await addTurn("t1", null);
  await addTurn("t2", "s1");
  const all = [1, 1, 1, 2, 2, 4];
  assert.deepEqual(await kept(), all);

  await assert.rejects(collect(client), refused);
  await assert.rejects(purge(client), refused);
  assert.deepEqual(await collect(client, true), { turns: 2, outputBytes: 16 }, "it may count");
  assert.deepEqual(await collect(other), { turns: 0, outputBytes: 0 });
  assert.deepEqual(await purge(other), { turns: 0, transcriptBytes: 0 });
  assert.deepEqual(await kept(), all);

  await worker.query("update turn set ended_at = now() where turn_id = 't2'");
  assert.deepEqual(await collect(worker), { turns: 1, outputBytes: 16 });
  assert.deepEqual(await kept(), [1, 1, 1, 1, 1, 0], "the turn that is new, and the lane of a conversation");
  assert.deepEqual(await purge(worker), { turns: 1, transcriptBytes: 13 });
  assert.deepEqual(await kept(), [0, 0, 0, 0, 0, 0]);
  for (const table of ["name", "name_line", "name_move", "scope", "version", "member", "journal"])
    await assert.rejects(worker.query(`delete from ${table}`), refused, table);
});

test("what turns bring along is written by whoever asks, what they leave by whoever runs them; nobody changes or deletes it by himself", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const worker = database.connect(await login(database, WORKER_ROLE));
  const client = database.connect(await login(database, CLIENT_ROLE));
  const other = database.connect(await login(database, WORKER_ROLE, "other"));
  const [row] = await client.query<{ lane: string }>(
    "insert into lane (agent, session_id, workspace) values ('claude', 's1', 'w') returning lane",
  );
  await client.query(
    "insert into turn (turn_id, lane, seq, name, prompt, request, state) values ('t1', $1, 1, 'x', 'p', '{}', 'queued')",
    [row?.lane],
  );
  const add = (who: Connection, part: string) =>
    who.query("insert into tree_part (turn_id, part, data) values ('t1', $1, 'bytes')", [part]);
  await assert.rejects(add(client, "after"), refused, "no patch is a client's");
  await add(client, "before");
  await worker.query("update turn set state = 'running', attempt = 1 where turn_id = 't1'");
  await add(worker, "after");
  for (const who of [client, worker]) {
    assert.equal((await who.query("select data from tree_part")).length, 2);
    for (const sql of ["update tree_part set data = ''", "delete from tree_part", "truncate tree_part"])
      await assert.rejects(who.query(sql), refused, sql);
  }
  assert.deepEqual(await other.query("select 1 from tree_part"), []);
  const parts = () => database.run("select turn_id, part from agent_sessions.tree_part order by 1, 2");
  await worker.query("update turn set state = 'ended', result = '{}', ended_at = now() where turn_id = 't1'");
  assert.deepEqual(
    await parts(),
    [{ turn_id: "t1", part: "after" }],
    "what it has brought ends with the turn",
  );
  await assert.rejects(add(client, "before"), refused, "it has ended");
  await client.query(
    "insert into turn (turn_id, lane, seq, name, prompt, request, state) values ('t2', $1, 2, 'x', 'p', '{}', 'queued')",
    [row?.lane],
  );
  await client.query("insert into tree_part (turn_id, part, data) values ('t2', 'before', 'bytes')");
  await client.query("update turn set state = 'ended', result = '{}' where turn_id = 't2'");
  assert.deepEqual(await parts(), [{ turn_id: "t1", part: "after" }], "also where a client ends it");
  await worker.query("delete from turn where turn_id = 't1'");
  assert.deepEqual(await parts(), [], "the patch is kept as long as the turn");
});

test("workers say that they are there, and clients read it; workers alone have the tickets counted anew", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const worker = database.connect(await login(database, WORKER_ROLE));
  const client = database.connect(await login(database, CLIENT_ROLE));
  const other = database.connect(await login(database, CLIENT_ROLE, "other"));
  const sign = new WorkerSign(worker, { name: "vm/1", leaseS: 30, isAlive: () => true });
  await sign.start({ agents: ["claude"], workspaces: ["w"], places: 1 });
  assert.deepEqual(
    (await workersSeen(client)).map((seen) => seen.worker),
    ["vm/1"],
  );
  assert.deepEqual(await workersSeen(other), []);
  for (const sql of [
    "insert into worker (worker, name, agents, workspaces, places, lease_s) values (gen_random_uuid(), 'me', '[]', '[]', 1, 30)",
    "update worker set seen_at = now()",
    "delete from worker",
    "select recount_tickets()",
  ])
    await assert.rejects(client.query(sql), refused, sql);
  await worker.query("select recount_tickets()");
  await assert.rejects(worker.query("drop table worker"), refused);
  await sign.stop();
  assert.deepEqual(await workersSeen(client), []);
});

test("with a key, a dump of the tables holds no word of what people and agents have written", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const keyFile = join(tempFolder(t), "key");
  writeFileSync(keyFile, `# the key\n${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  const seal = Seal.of({ keyFile });
  const secret = "xyzzy-plugh";
  const store = storeOf(t, database.connection, seal);
  const pieces = new PostgresPieces(database.connection, seal);
  const usage = { inputTokens: 3, outputTokens: 4, cacheReadTokens: 0, cacheWriteTokens: 0 };
  await store.session(key).end(
    { ...turn(secret), usage },
    {
      record: { ...key, workspace: "/w", createdAt, roleText: secret },
      names: { scope, change: () => [set("x", "s1")] },
    },
  );
  await pieces.append(key, [pieceOf(Buffer.from(`{"said":"${secret}"}\n`))]);
  const line = new PostgresLine(database.connection, {
    seal,
    names: async () => undefined,
    ending: async () => ({ write: () => undefined, writeNames: async () => undefined }),
  });
  t.after(() => line.close());
  const tree = { kind: "carry", commit: "0".repeat(40), files: 1, bytes: 1 } as const;
  await line.accept(order({ prompt: secret, name: "y", tree, carried: Buffer.from(secret) }));
  const dumped = await dump(database);
  assert.match(dumped, /before/);
  for (const form of [
    secret,
    Buffer.from(secret).toString("hex"),
    Buffer.from(secret).toString("base64").slice(0, 12),
  ])
    assert.ok(!dumped.includes(form), form);
  assert.match(dumped, /git:example\/shop/);
  assert.match(dumped, /"inputTokens":3/);

  assert.equal((await store.session(key).journal.last())?.text, secret);
  assert.equal((await store.session(key).record())?.roleText, secret);
  for await (const bytes of pieces.contents(key, await pieces.heads(key)))
    assert.match(bytes.toString(), /xyzzy/);
  await assert.rejects(storeOf(t, database.connect()).session(key).journal.last(), {
    code: "state_unreadable",
    message: /was given no key/,
  });

  const other = { ...key, sessionId: "s2" };
  await store.session(other).end(turn("other"));
  await database.run(
    "update agent_sessions.journal set turn = (select turn from agent_sessions.journal j join agent_sessions.session using (session) where session_id = '\"s2\"') ",
  );
  await assert.rejects(store.session(key).journal.last(), { message: /changed behind its seal/ });
  assert.equal((await store.session(other).journal.last())?.text, "other");
});

test("a key seals until another one stands before it", (t) => {
  const keyFile = join(tempFolder(t), "key");
  const [old, young] = [randomBytes(32), randomBytes(32).toString("base64")];
  const write = (...lines: string[]) => writeFileSync(keyFile, lines.join("\n"), { mode: 0o600 });
  write(old.toString("hex"));
  const sealed = Seal.of({ keyFile }).bytes(Buffer.from("p"), "here");
  write(young, old.toString("base64"));
  const both = Seal.of({ keyFile });
  assert.equal(both.open(sealed, "here").toString(), "p");
  assert.notEqual(both.bytes(Buffer.from("p"), "here").sealedBy, sealed.sealedBy);
  assert.throws(() => both.open(sealed, "there"), { message: /changed behind its seal/ });
  write(young);
  assert.throws(() => Seal.of({ keyFile }).open(sealed, "here"), { message: /sealed this with the key/ });
  for (const [lines, says] of [
    [["# none"], /holds no key/],
    [["c2hvcnQ="], /holds a key of 5 bytes/],
  ] as const) {
    write(...lines);
    assert.throws(() => Seal.of({ keyFile }), { code: "usage", message: says });
  }
});

test("a worker wakes and watches by pg-boss, and a client only tells it", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const worker = database.connect(await login(database, WORKER_ROLE));
  const client = database.connect(await login(database, CLIENT_ROLE));
  const bossOf = (connection: Connection) => {
    const boss = new PgBoss({
      db: { executeSql: async (text, values) => ({ rows: await connection.query(text, values) }) },
      schema: JOBS_SCHEMA,
      migrate: false,
      schedule: false,
    });
    boss.on("error", () => undefined);
    return boss;
  };
  const boss = bossOf(worker);
  await boss.start();
  t.after(() => boss.stop({ graceful: false }));
  await boss.createQueue("turns", { policy: "key_strict_fifo" });
  await bossOf(client).send("turns", { lane: "l" }, { singletonKey: "l" });
  const [job] = await boss.fetch<{ lane: string }>("turns");
  assert.equal(job?.data.lane, "l");
  await boss.complete("turns", job?.id ?? "");
  for (const sql of [
    `delete from ${JOBS_SCHEMA}.job_common`,
    `update ${JOBS_SCHEMA}.job_common set state = 'completed'`,
  ])
    await assert.rejects(client.query(sql), refused);
});

/** All that the tables hold, as text and as their bytes. */
async function dump({ server, name, run }: OpenDatabase): Promise<string> {
  const tables = await run(
    "select table_name as name from information_schema.tables where table_schema = 'agent_sessions'",
  );
  const rows = await Promise.all(
    tables.map(({ name }) => run(`select t::text as row from agent_sessions.${name} t`)),
  );
  const pgDump = spawnSync("pg_dump", ["-h", server.folder, "-U", "postgres", name], { encoding: "latin1" });
  return `${JSON.stringify(rows)}\n${pgDump.stdout ?? ""}`.replaceAll('\\"', '"').replaceAll("\\\\", "\\");
}
