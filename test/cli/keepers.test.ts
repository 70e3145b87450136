// Accepted means that it will run: turns that wait in the background, and whose processes are killed.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { cannotCutOff, NO_NETWORK } from "../support/namespace.ts";
import { run, until } from "../support/run.ts";

interface Waiting {
  cli: FakeCli;
  turnIds: string[];
  /** The path of a file in a turn's folder. */
  stateFile(turnId: string, file: string): string;
  /** What the agent was asked since, in order. */
  prompts(): string[];
}

/** A conversation with turns that wait in the background; every process that saw to them is killed. */
async function openForsaken(t: TestContext, count: number, options: string[] = []): Promise<Waiting> {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "begin")]);
  const gate = join(cli.sandbox.folder, "gate");
  const busy = cli.start(["send", "x", cli.say({ waitForFile: gate }, "busy")]);
  await until(() => cli.records().length === 2, { what: "the conversation to be busy" });
  const turnIds: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const words = ["send", "x", "--detach", ...options, cli.say({}, `n${at}`)];
    turnIds.push((await cli.here(words)).stdout.trim());
  }
  const stateFile = (turnId: string, file: string) =>
    join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns", turnId, file);
  const pids = turnIds.map((id) => JSON.parse(readFileSync(stateFile(id, "attendant.json"), "utf8")).pid);
  for (const pid of new Set([...pids, cli.records()[1]?.pid])) process.kill(pid, "SIGKILL");
  busy.kill("SIGKILL");
  await busy.exited;
  const digestOf = (label: string) => createHash("sha256").update(cli.say({}, label)).digest("hex");
  const labels = new Map(Array.from({ length: 100 }, (_, at) => [digestOf(`n${at}`), `n${at}`]));
  const prompts = () =>
    cli
      .records()
      .slice(2)
      .map(({ stdinSha256 }) => labels.get(stdinSha256) ?? "?");
  return { cli, turnIds, stateFile, prompts };
}

async function ended(cli: FakeCli, turnId: string): Promise<unknown> {
  return (await cli.here(["wait", "x", "--turn", turnId, "--json"])).json.outcome;
}

test("twenty detached turns whose processes were all killed run once, in order, when a command comes by", async (t) => {
  const { cli, turnIds, prompts } = await openForsaken(t, 20);
  await cli.here(["list"]);
  for (const turnId of turnIds) assert.equal(await ended(cli, turnId), "succeeded");
  assert.deepEqual(
    prompts(),
    turnIds.map((_, at) => `n${at}`),
  );
  assert.deepEqual((await cli.here(["keepers", "--json"])).json.turns, []);
});

test("many commands at once start one process for each, and a new send goes behind what was accepted", async (t) => {
  const { cli, turnIds, prompts } = await openForsaken(t, 8);
  const sent = cli.start(["send", "x", "--json", cli.say({}, "n99")]);
  await Promise.all(Array.from({ length: 6 }, () => cli.run(["status"])));
  assert.equal(JSON.parse((await sent.result).stdout).outcome, "succeeded");
  for (const turnId of turnIds) assert.equal(await ended(cli, turnId), "succeeded");
  assert.deepEqual(prompts(), [...turnIds.map((_, at) => `n${at}`), "n99"]);
});

test("who is killed while it starts another process loses nothing", async (t) => {
  const { cli, turnIds, prompts } = await openForsaken(t, 4);
  for (let time = 0; time < 12; time += 1) {
    const starting = cli.start(["status"]);
    await new Promise((resolve) => setTimeout(resolve, 20 * time));
    starting.kill("SIGKILL");
    await starting.exited;
  }
  for (const turnId of turnIds) assert.equal(await ended(cli, turnId), "succeeded");
  assert.deepEqual(prompts().toSorted(), ["n0", "n1", "n2", "n3"]);
});

test("another account does not run them, says so, and can be told to", async (t) => {
  const { cli, turnIds, prompts } = await openForsaken(t, 2);
  const other = { env: { AWS_PROFILE: "other" } };
  const listed = await cli.here(["list"], other);
  assert.match(
    listed.stderr,
    /2 detached turns wait since .*another account.*agent-sessions keepers --run x/,
  );
  const shown = (await cli.here(["keepers", "--json"], other)).json.turns as Record<string, unknown>[];
  assert.deepEqual(
    shown.map(({ turn_id: turnId, waits_because: why }) => [turnId, /another account/.test(String(why))]),
    turnIds.map((turnId) => [turnId, true]),
  );
  const [status] = (await cli.here(["status", "--json"], other)).json.turns as Record<string, unknown>[];
  assert.deepEqual([status?.reason, /another account/.test(String(status?.problem))], ["queued", true]);
  assert.match((await cli.here(["doctor"], other)).stdout, /no process runs it.*\n.*keepers --run x/);
  assert.deepEqual(prompts(), []);
  const run = await cli.here(["keepers", "--run", "x"], other);
  assert.equal(run.stdout, turnIds.map((turnId) => `${turnId}\n`).join(""), run.stderr);
  for (const turnId of turnIds) assert.equal(await ended(cli, turnId), "succeeded");
  assert.deepEqual(prompts(), ["n0", "n1"]);
  const none = await cli.here(["keepers", "--run", "x", "--json"]);
  assert.deepEqual([none.code, none.json.error?.code], [4, "no_such_turn"]);
  const unknown = await cli.here(["keepers", "--run", "nope", "--json"]);
  assert.deepEqual([unknown.code, unknown.json.error?.code], [4, "no_such_turn"]);
});

test("what has waited for over a day is not run by itself; it can be cancelled, and its deadline holds", async (t) => {
  const { cli, turnIds, stateFile, prompts } = await openForsaken(t, 2);
  const [old = "", late = ""] = turnIds;
  const change = (turnId: string, values: object) => {
    const path = stateFile(turnId, "request.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...values }));
  };
  change(old, { acceptedAt: new Date(Date.now() - 25 * 3_600_000).toISOString() });
  change(late, { deadlineAt: new Date(Date.now() - 1_000).toISOString() });
  assert.match((await cli.here(["list"])).stderr, /A detached turn waits since .*over a day/);
  assert.equal(await ended(cli, late), "deadline");
  const cancelled = await cli.here(["cancel", "x", "--turn", old, "--json"]);
  assert.deepEqual([cancelled.json.cancelled, await ended(cli, old)], [true, "cancelled"], cancelled.stdout);
  assert.deepEqual(prompts(), []);
});

test("a request of 0.1 ends as its process does, and one of ours is left alone by 0.1", async (t) => {
  const { cli, turnIds, stateFile, prompts } = await openForsaken(t, 1);
  const [turnId = ""] = turnIds;
  const path = stateFile(turnId, "request.json");
  const { reach, ...request } = JSON.parse(readFileSync(path, "utf8"));
  assert.equal(request.v, 2, "0.1 knows only 1, and skips what is newer");
  assert.match(reach, /^[0-9a-f]{64}$/);
  writeFileSync(path, JSON.stringify({ ...request, v: 1 }));
  const waited = await cli.here(["wait", "x", "--turn", turnId, "--json"]);
  assert.deepEqual([waited.code, waited.json.outcome], [3, "interrupted"], waited.stdout);
  assert.match(waited.json.error?.message ?? "", /nothing ran/);
  assert.deepEqual(prompts(), []);
});

test("from a place that reaches no network none runs, and the values of variables are nowhere in the state", {
  skip: cannotCutOff,
}, async (t) => {
  const { cli, turnIds, prompts } = await openForsaken(t, 1);
  const { env, workspace: cwd } = cli.sandbox;
  const listed = await run([...NO_NETWORK, ...cli.argv(["list"])], { cwd, env });
  assert.match(listed.stderr, /reaches other files or hosts/);
  assert.deepEqual(prompts(), []);
  const state = env.AGENT_SESSIONS_HOME ?? "";
  for (const file of readdirSync(state, { recursive: true, withFileTypes: true }))
    if (file.isFile())
      assert.ok(
        !readFileSync(join(file.parentPath, file.name), "latin1").includes(env.ANTHROPIC_API_KEY ?? "?"),
      );
  assert.equal(await ended(cli, turnIds[0] ?? ""), "succeeded");
});

test("after a restart of the machine, what was accepted before it comes before everything else", async (t) => {
  const { cli, turnIds, stateFile, prompts } = await openForsaken(t, 2);
  const [, second = ""] = turnIds;
  const path = stateFile(second, "request.json");
  const request = JSON.parse(readFileSync(path, "utf8"));
  // Of another boot, which was up for longer than this one.
  const caller = { ...request.caller, boot: "00000000-0000-4000-8000-000000000000" };
  writeFileSync(path, JSON.stringify({ ...request, caller, arrival: "9".repeat(20) }));
  const attendant = stateFile(second, "attendant.json");
  writeFileSync(attendant, JSON.stringify({ v: 1, ...caller }));
  await cli.here(["list"]);
  for (const turnId of turnIds) assert.equal(await ended(cli, turnId), "succeeded");
  assert.deepEqual(prompts(), ["n1", "n0"]);
});

test("a process that is asked to end leaves its turn to the next one", async (t) => {
  const { cli, turnIds, stateFile, prompts } = await openForsaken(t, 1);
  const [turnId = ""] = turnIds;
  const gate = join(cli.sandbox.folder, "second-gate");
  const busy = cli.start(["send", "x", cli.say({ waitForFile: gate }, "n50")]);
  await until(() => prompts().at(-1) === "?" || prompts().length === 2, {
    what: "the conversation to be busy again",
  });
  // It went behind the turn, which was started for it.
  assert.equal(await ended(cli, turnId), "succeeded");
  const second = (await cli.here(["send", "x", "--detach", cli.say({}, "n51")])).stdout.trim();
  const { pid } = JSON.parse(readFileSync(stateFile(second, "attendant.json"), "utf8"));
  process.kill(pid, "SIGTERM");
  await until(() => !existsSync(`/proc/${pid}`), { what: "the process to end" });
  writeFileSync(gate, "");
  await busy.exited;
  await cli.here(["list"]);
  assert.equal(await ended(cli, second), "succeeded");
});

test("a keeper that ends each time is not started for ever", async (t) => {
  const { cli, turnIds, prompts } = await openForsaken(t, 1);
  const [turnId = ""] = turnIds;
  const root = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "keepers");
  const path = join(root, readdirSync(root)[0] ?? "", "keeper.json");
  const record = JSON.parse(readFileSync(path, "utf8"));
  const change = (values: object) => writeFileSync(path, JSON.stringify({ ...record, ...values }));
  change({ failures: 4, since: "2026-01-01T00:00:00.000Z" });
  assert.match((await cli.here(["list"])).stderr, /has ended 5 times before the turn began.*keepers --run x/);
  change({ failures: 3, since: new Date().toISOString() });
  await cli.here(["list"]);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).process, record.process, "not so soon again");
  change({ failures: 4 });
  assert.equal((await cli.here(["keepers", "--run", "x"])).code, 0);
  assert.equal(await ended(cli, turnId), "succeeded");
  assert.deepEqual(prompts(), ["n0"]);
});

test("what could not be accepted is not run later", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "begin")]);
  const state = cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
  // Nobody can take a place in the queue: a file is where its folder goes.
  const [conversation = ""] = readdirSync(join(state, "sessions/claude"));
  writeFileSync(join(state, "sessions/claude", conversation, "queue"), "");
  const refused = await cli.run(["send", "x", "--detach", "--json", cli.say({}, "n0")]);
  assert.equal(refused.json.error?.code, "state_unwritable", refused.stdout);
  assert.deepEqual(readdirSync(join(state, "turns")), []);
  assert.equal(cli.records().length, 1);
});
