import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { PostgresPieces } from "../../src/stores/postgres/pieces.ts";
import { Seal } from "../../src/stores/postgres/seal.ts";
import { PostgresStore } from "../../src/stores/postgres/store.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { testDatabase } from "../support/postgres/database.ts";
import { openDatabase } from "../support/postgres/open.ts";

const json = ["--json"];

test("the tables are made by a command, and are then up to date", async (t) => {
  const database = await testDatabase(t);
  if (database === undefined) return;
  const cli = openFakeCli(t);
  const env = { AGENT_SESSIONS_STORE: database.url };
  const store = (args: string[]) => cli.run(["store", ...args], { env });
  const early = await store(["status", ...json]);
  assert.deepEqual([early.code, early.json.error?.code], [8, "state_unreadable"]);
  assert.match(early.json.error?.hint ?? "", /agent-sessions store migrate/);
  const made = await store(["migrate"]);
  assert.deepEqual([made.code, made.stdout], [0, ""]);
  assert.match(made.stderr, /went from version 0 to \d+:\n {2}tables for names/);
  assert.match((await store(["migrate"])).stderr, /are up to date/);
  const { json: again } = await store(["migrate", ...json]);
  assert.deepEqual([again.type, again.steps], ["agent_sessions.store_migrated", []]);
  const { json: status } = await store(["status", ...json]);
  const { type, team, names, waiting, is_sealed } = status;
  assert.deepEqual(
    { type, team, names, waiting, is_sealed },
    { type: "agent_sessions.store", team: "", names: 0, waiting: { turns: 0, line: [] }, is_sealed: false },
  );
  assert.match((await store(["status"])).stdout, /^store +postgres:.*\nlogin +postgres, worker\n/);
  const printed = await cli.run(["store", "migrate", "--print"]);
  assert.match(printed.stdout, /create table journal \(/);
  assert.match(printed.stdout, /create schema if not exists agent_sessions_jobs/i);
});

test("a database that is away is told in one line", async (t) => {
  const cli = openFakeCli(t);
  const env = { AGENT_SESSIONS_STORE: `postgres://me:secret@%2Fnowhere/line` };
  const away = await cli.here(["store", "status"], { env });
  assert.equal(away.code, 8);
  assert.match(
    away.stderr,
    /^error: The store postgres:\/\/me@\/nowhere\/line can't be reached: .*\n.*back\.\n$/,
  );
});

test("what is on this machine is taken into the store, again only what is new", async (t) => {
  const opened = await openStore(t);
  if (opened === undefined) return;
  const { cli, env, store, pieces } = opened;
  const { workspace } = cli.sandbox;
  // In a run of the tests over a store, it has a remote.
  rmSync(join(workspace, ".git/config"), { force: true });
  const run = async (args: string[]) => {
    const result = await cli.run(args, { env: { AGENT_SESSIONS_STORE: undefined } });
    assert.equal(result.code, 0, result.stderr);
    return result.json;
  };
  const first = await run(["create", "x", cli.say({}, "one"), ...json]);
  await run(["send", "x", cli.say({}, "two"), ...json]);
  await run(["create", "y", cli.say({}, "other"), ...json]);
  assert.deepEqual(
    (await cli.run(["store", "import", ...json], { env })).json.left_out,
    ["x", "y"].map((name) => ({
      name,
      workspace,
      agent: "claude",
      because: "its folder has no name that machines share",
    })),
  );
  writeFileSync(join(workspace, ".agent-sessions.toml"), 'workspace-id = "shop"\n');
  const take = async () => (await cli.run(["store", "import", ...json], { env })).json;
  const { type, names, conversations, turns, left_out } = await take();
  assert.deepEqual(
    { type, names, conversations, turns, left_out },
    { type: "agent_sessions.store_imported", names: 2, conversations: 2, turns: 3, left_out: [] },
  );
  const key = { agent: "claude", sessionId: String(first.session_id) };
  const scope = { workspace: "id:shop", agent: "claude" };
  assert.equal((await store.find(scope, "x")).entry?.sessionId, key.sessionId);
  assert.equal((await store.session(key).journal.read()).length, 2);
  assert.equal((await store.session(key).record())?.workspace, "id:shop");
  const bytes = (await pieces.heads(key)).reduce((sum, piece) => sum + piece.bytes, 0);
  assert.ok(bytes > 0, "its transcript is there");
  await run(["send", "x", cli.say({}, "three"), ...json]);
  const again = await take();
  assert.deepEqual([again.names, again.turns], [0, 1]);
  assert.ok(Number(again.transcript_bytes) > 0 && Number(again.transcript_bytes) < bytes);
  const once = await take();
  assert.deepEqual([once.names, once.conversations, once.turns, once.left_out], [0, 0, 0, []]);

  const last = await store.session(key).journal.last();
  assert.ok(last);
  await store.session(key).end({ ...last, turnId: "of another machine" });
  await store.update(scope, (table) => {
    const entry = table.entries.get("y");
    return entry === undefined
      ? []
      : [{ op: "set", entry: { ...entry, sessionId: "other" }, reason: "adopt" }];
  });
  await run(["send", "x", cli.say({}, "four"), ...json]);
  const shown = await cli.run(["store", "import"], { env });
  assert.match(shown.stderr, /Left out: 2\./);
  assert.match(shown.stdout, /\nx +claude +.* it has gone on in the store, too\n/);
  assert.match(shown.stdout, /\ny +claude +.* the name is taken in the store, by the conversation other\n/);
  const elsewhere = await cli.run(["store", "import", "-w", "/", ...json], { env });
  assert.deepEqual(elsewhere.json.left_out, []);
});

async function openStore(t: TestContext) {
  const database = await openDatabase(t);
  if (database === undefined) return undefined;
  const { connection, url } = database;
  const store = new PostgresStore({ connection, self: null, now: () => new Date() });
  t.after(() => store.leave());
  return {
    cli: openFakeCli(t),
    env: { AGENT_SESSIONS_STORE: url },
    store,
    pieces: new PostgresPieces(connection, Seal.none),
  };
}
