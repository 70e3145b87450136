import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { checkStore } from "../../../src/app/doctor/store.ts";
import type { Surroundings } from "../../../src/app/surroundings.ts";
import { PostgresLine } from "../../../src/stores/postgres/line/line.ts";
import { WorkerSign } from "../../../src/stores/postgres/line/workers.ts";
import { openShared } from "../../../src/stores/postgres/open.ts";
import { Seal } from "../../../src/stores/postgres/seal.ts";
import { openFakeCli } from "../../support/cli/fake-cli.ts";
import { testDatabase } from "../../support/postgres/database.ts";
import { openDatabase } from "../../support/postgres/open.ts";
import { order } from "../../support/stores/line.contract.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const look = async (env: Record<string, string>, node = "v22.12.0") => {
  const findings = await checkStore({ env, openShared } as unknown as Surroundings, node);
  return findings.map(({ status, message }) => `${status}: ${message}`);
};

test("without a store there is nothing to say; a key alone is odd", async () => {
  assert.deepEqual(await look({}), []);
  assert.match((await look({ AGENT_SESSIONS_STORE_KEY_FILE: "/k" })).join(), /^warning: .*no store is\.$/);
});

test("a store that is wrong, away or too old is a problem that says so, and no secret is told", async (t) => {
  const wrong = await look({ AGENT_SESSIONS_STORE: "postgres://me:s3cret@db.example/line" });
  assert.match(wrong.join(), /^problem: .*without TLS/);
  const away = await look({ AGENT_SESSIONS_STORE: "postgres://me:s3cret@%2Fnowhere/line" });
  assert.match(away.at(-1) ?? "", /^problem: The store postgres:\/\/me@\/nowhere\/line can't be reached/);
  assert.ok(![...wrong, ...away].join().includes("s3cret"));
  const database = await testDatabase(t);
  if (database === undefined) return;
  assert.match(
    (await look({ AGENT_SESSIONS_STORE: database.url })).at(-1) ?? "",
    /^problem: .*has no tables/,
  );
  const file = join(tempFolder(t), "url");
  writeFileSync(file, database.url);
  chmodSync(file, 0o644);
  assert.match((await look({ AGENT_SESSIONS_STORE_FILE: file })).join(), /^problem: .*its mode is 0644/);
});

test("what matters of a store is told: login, tables, seal, connection, Node and who works", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const env = { AGENT_SESSIONS_STORE: database.url };
  const found = await look(env, "v20.20.2");
  assert.match(found[0] ?? "", /^warning: pg-boss.* asks for Node 22\.12; this is v20\.20\.2/);
  assert.match(found[1] ?? "", /^ok: postgres:.* can be reached: PostgreSQL \d+.*, tables of version \d+\.$/);
  assert.match(found[2] ?? "", /^ok: The login postgres is a worker of the team without a name\.$/);
  assert.match(found[3] ?? "", /^ok: The connection .* is not encrypted; it does not leave this machine\.$/);
  assert.match(found[4] ?? "", /^ok: Nothing is sealed/);
  assert.equal(found[5], "ok: No worker serves, and no turn waits.");
  assert.match((await look(env))[0] ?? "", /^ok: Node v22\.12\.0 is enough/);

  const key = randomBytes(32).toString("hex");
  const keyFile = join(tempFolder(t), "key");
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 });
  const sealed = await look({ ...env, AGENT_SESSIONS_STORE_KEY_FILE: keyFile });
  assert.match(
    sealed[4] ?? "",
    /^ok: What is written is sealed with the key in .*\/key, which others can't read/,
  );
  assert.ok(!sealed.join().includes(key));
  chmodSync(keyFile, 0o640);
  const open = await look({ ...env, AGENT_SESSIONS_STORE_KEY_FILE: keyFile });
  assert.match(open.at(-1) ?? "", /^problem: .*its mode is 0640/);

  const { connection } = database;
  const line = new PostgresLine(connection, {
    seal: Seal.none,
    names: async () => undefined,
    ending: async () => ({ write: () => undefined, writeNames: async () => undefined }),
  });
  t.after(() => line.close());
  await line.accept(order());
  assert.match(
    (await look(env)).join("\n"),
    /^problem: 1 turn of claude in git:host\/owner\/shop waits for \d+ s, and no worker takes it\.$/m,
  );
  const serves = { agents: ["claude"], workspaces: ["git:host/owner/shop"], places: 2 };
  const sign = new WorkerSign(connection, { name: "vm:0000/1", leaseS: 10, isAlive: () => true });
  await sign.start(serves);
  assert.match(
    (await look(env)).join("\n"),
    /^ok: The worker vm:0000\/1 serves claude in git:host\/owner\/shop; seen \d s ago\.$/m,
  );
  await connection.query("update worker set seen_at = now() - interval '5 minutes'");
  const late = (await look(env)).join("\n");
  assert.match(late, /^warning: The worker vm:0000\/1 of claude .* was last seen 300 s ago\.$/m);
  assert.match(late, /^problem: 1 turn of claude/m);
  await sign.stop();
  assert.doesNotMatch((await look(env)).join("\n"), /vm:0000/);
});

test("doctor looks at the store that is set and at the files of this machine", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const cli = openFakeCli(t);
  const { json, stdout } = await cli.run(["doctor", "--json"], {
    env: { AGENT_SESSIONS_STORE: database.url },
  });
  const checks = (json.checks as { check: string; status: string; message: string }[]) ?? [];
  const of = (check: string) => checks.filter((one) => one.check === check);
  assert.ok(
    of("store").some(({ message }) => /can be reached/.test(message)),
    stdout,
  );
  for (const check of ["state_home", "turns", "locks"]) assert.equal(of(check)[0]?.status, "ok", check);
});
