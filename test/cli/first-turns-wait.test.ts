// Accepted means that it will run: detached first turns of conversations whose processes are killed before the agent starts.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/run.ts";

const DIES = { NODE_OPTIONS: `--import ${join(REPOSITORY, "test/support/cli/die-before-agent.mjs")}` };

const isThere = (pid: number) => existsSync(`/proc/${pid}`);

function fileOf(cli: FakeCli, turnId: string, file: string): string {
  return join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns", turnId, file);
}

function attendantOf(cli: FakeCli, turnId: string): number {
  return JSON.parse(readFileSync(fileOf(cli, turnId, "attendant.json"), "utf8")).pid;
}

/** Runs a command that detaches a first turn; the turn's process is killed before its agent starts. */
async function forsake(cli: FakeCli, ...words: string[]): Promise<string> {
  const detached = await cli.run([...words, "--detach"], { env: DIES });
  assert.equal(detached.code, 0, detached.stderr);
  const turnId = detached.stdout.trim();
  const pid = attendantOf(cli, turnId);
  await until(() => !isThere(pid), { what: "the turn's process to be killed" });
  // The next one is not started at once.
  change(cli, turnId, (accepted) => ({ ...accepted, lastAt: "2026-01-01T00:00:00.000Z" }));
  return turnId;
}

/** Changes what the plan of a turn says of how it was accepted. */
function change(cli: FakeCli, turnId: string, how: (accepted: object) => object, more: object = {}): void {
  const path = fileOf(cli, turnId, "turn.json");
  const plan = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...plan, ...more, accepted: how(plan.accepted) }));
}

async function ended(cli: FakeCli, name: string, turnId: string): Promise<unknown> {
  return (await cli.here(["wait", name, "--turn", turnId, "--json"])).json.outcome;
}

test("a detached create, fork and once --keep are run by the next command, once, under their names", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "trunk", cli.say({}, "begin")]);
  const ways = [
    ["create", "a", cli.say({ text: "one" }, "a")],
    ["fork", "trunk", "b", cli.say({ text: "two" }, "b")],
    ["once", "--keep", "c", cli.say({ text: "three" }, "c")],
    ["send", "d", "--fork-from", "trunk", cli.say({ text: "four" }, "d")],
  ];
  for (const words of ways) {
    const before = cli.records().length;
    const turnId = await forsake(cli, ...words);
    const name = words[0] === "create" || words[0] === "send" ? words[1] : words[2];
    assert.equal(cli.records().length, before, "nothing has run");
    // The name is reserved: nobody else gets it.
    const taken = await cli.here(["create", name ?? "", "--json", "other"]);
    assert.deepEqual([taken.code, taken.json.error?.code], [5, "busy"], taken.stdout);
    assert.equal(await ended(cli, name ?? "", turnId), "succeeded", words.join(" "));
    assert.equal(cli.records().length, before + 1);
    assert.equal(
      (await cli.here(["send", name ?? "", "--json", cli.say({}, "on")])).json.outcome,
      "succeeded",
    );
  }
  assert.deepEqual(readdirSync(join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns")), []);
});

test("many commands at once start one process, and a repeated request is the same turn", async (t) => {
  const cli = openFakeCli(t);
  const words = ["create", "x", "--request-id", "r1", cli.say({ sleepMs: 500 }, "one")];
  const turnId = await forsake(cli, ...words);
  const repeated = await Promise.all([
    ...Array.from({ length: 3 }, () => cli.run([...words, "--detach"])),
    ...Array.from({ length: 3 }, () => cli.run(["status"])),
  ]);
  for (const { stdout } of repeated.slice(0, 3)) assert.equal(stdout.trim(), turnId);
  assert.equal(await ended(cli, "x", turnId), "succeeded");
  assert.equal(cli.records().length, 1);
});

test("another account does not run it, says so, and can be told to", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "trunk"]);
  const turnId = await forsake(cli, "create", "x", cli.say({}, "one"));
  const other = { env: { AWS_PROFILE: "other" } };
  const listed = await cli.here(["list"], other);
  assert.match(
    listed.stderr,
    /A detached turn waits since .*another account.*agent-sessions keepers --run x/,
  );
  const [waits] = (await cli.here(["keepers", "--json"], other)).json.turns as Record<string, unknown>[];
  assert.deepEqual(
    [waits?.turn_id, waits?.name, /another account/.test(String(waits?.waits_because))],
    [turnId, "x", true],
  );
  const [status] = (await cli.here(["status", "--json"], other)).json.turns as Record<string, unknown>[];
  assert.deepEqual([status?.reason, /another account/.test(String(status?.problem))], ["queued", true]);
  assert.match((await cli.here(["doctor"], other)).stdout, /no process runs it.*\n.*keepers --run x/);
  for (const words of [
    ["create", "x", "again"],
    ["send", "x", "--fork-from", "trunk", "hi"],
  ]) {
    const refused = await cli.here([...words, "--json"], other);
    assert.match(refused.json.error?.message ?? "", /"x" is to be created by a detached turn that waits/);
    assert.equal(refused.code, 5);
  }
  assert.equal(cli.records().length, 0);
  const run = await cli.here(["keepers", "--run", "x"], other);
  assert.equal(run.stdout, `${turnId}\n`, run.stderr);
  assert.equal(await ended(cli, "x", turnId), "succeeded");
  assert.equal(cli.records().length, 1);
});

test("what waits can be cancelled, its deadline holds, and the name is free then; five failures are enough", async (t) => {
  const cli = openFakeCli(t);
  const cancelled = await forsake(cli, "create", "x", cli.say({}, "one"));
  const answer = await cli.here(["cancel", "x", "--json"]);
  assert.deepEqual(
    [answer.json.cancelled, await ended(cli, "x", cancelled)],
    [true, "cancelled"],
    answer.stdout,
  );
  const late = await forsake(cli, "create", "x", cli.say({}, "two"));
  change(cli, late, (accepted) => accepted, { deadlineAt: "2026-01-01T00:00:00.000Z" });
  assert.equal(await ended(cli, "x", late), "deadline");
  const failing = await forsake(cli, "create", "x", cli.say({}, "three"));
  change(cli, failing, (accepted) => ({ ...accepted, starts: 5 }));
  assert.match((await cli.here(["list"])).stderr, /has ended 5 times before the turn began.*keepers --run x/);
  const old = { startedAt: new Date(Date.now() - 25 * 3_600_000).toISOString() };
  change(cli, failing, (accepted) => ({ ...accepted, starts: 1 }), old);
  assert.match((await cli.here(["list"])).stderr, /waited for over a day/);
  assert.equal((await cli.here(["cancel", "x"])).code, 0);
  assert.equal((await cli.here(["create", "x", cli.say({}, "four")])).code, 0);
  assert.equal(cli.records().length, 1);
});

for (const signal of ["SIGKILL", "SIGTERM"] as const)
  test(`a detached fork that waits for its parent, and whose process gets ${signal}, waits for the next one`, async (t: TestContext) => {
    const cli = openFakeCli(t);
    await cli.here(["create", "x", cli.say({}, "begin")]);
    const gate = join(cli.sandbox.folder, "gate");
    const busy = cli.start(["send", "x", cli.say({ waitForFile: gate }, "busy")]);
    await until(() => cli.records().length === 2, { what: "the parent to be busy" });
    const turnId = (await cli.here(["fork", "x", "y", "--detach", cli.say({}, "forked")])).stdout.trim();
    const pid = attendantOf(cli, turnId);
    process.kill(pid, signal);
    await until(() => !isThere(pid), { what: "the process to end" });
    assert.equal(existsSync(fileOf(cli, turnId, "turn.json")), true, "it waits");
    writeFileSync(gate, "");
    await busy.exited;
    assert.equal(await ended(cli, "y", turnId), "succeeded");
    assert.equal(cli.records().length, 3);
  });

test("who is killed while it starts another process loses nothing", async (t) => {
  const cli = openFakeCli(t);
  const turnId = await forsake(cli, "create", "x", cli.say({}, "one"));
  for (let time = 0; time < 8; time += 1) {
    const starting = cli.start(["status"]);
    await new Promise((resolve) => setTimeout(resolve, 25 * time));
    starting.kill("SIGKILL");
    await starting.exited;
  }
  assert.equal(await ended(cli, "x", turnId), "succeeded");
  assert.equal(cli.records().length, 1);
});

test("a create that nobody was told of does not run later", async (t) => {
  const cli = openFakeCli(t);
  const killed = await cli.run(["create", "x", cli.say({}, "one")], { env: DIES });
  assert.equal(killed.signal, "SIGKILL");
  assert.match((await cli.here(["list"])).stderr, /interrupted before its conversation began/);
  assert.equal((await cli.here(["create", "x", cli.say({}, "two")])).code, 0);
  assert.equal(cli.records().length, 1);
});

test("a detached create with an id that was cancelled before it began is told as that", async (t) => {
  const cli = openFakeCli(t);
  const words = ["create", "x", "--request-id", "r1", cli.say({}, "one")];
  const turnId = await forsake(cli, ...words);
  assert.equal((await cli.here(["cancel", "x", "--turn", turnId])).code, 0);
  assert.equal((await cli.run([...words, "--detach"])).stdout.trim(), turnId);
  assert.equal(await ended(cli, "x", turnId), "cancelled");
  assert.equal(cli.records().length, 0);
});
