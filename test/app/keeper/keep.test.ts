// The process that keeps the detached turns of a conversation.
import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { identifyProcess } from "../../../src/system/processes/identity.ts";
import { CLI, type FakeCli, openFakeCli } from "../../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../../support/fake-agent/script.ts";
import { run, until } from "../../support/run.ts";

interface Keeper {
  pid: number;
  name: string;
  is_running: boolean;
  queued: number;
}

interface Busy {
  cli: FakeCli;
  /** Ends the turn that runs. */
  open(): void;
  send(label: string, options?: { env?: Record<string, string>; words?: string[] }): Promise<string>;
  keepers(): Promise<Keeper[]>;
  outcomeOf(turnId: string): Promise<unknown>;
}

/** A conversation in which a detached turn runs until it is let go. */
async function openBusy(t: TestContext): Promise<Busy> {
  const cli = openFakeCli(t);
  const gate = join(cli.sandbox.folder, "gate");
  await cli.here(["create", "x", cli.say({}, "begin")]);
  const send: Busy["send"] = async (label, { env = {}, words = [] } = {}) => {
    const sent = await cli.run(["send", "x", "--detach", ...words, cli.say({}, label)], { env });
    assert.equal(sent.code, 0, sent.stderr);
    return sent.stdout.trim();
  };
  await cli.run(["send", "x", "--detach", cli.say({ waitForFile: gate }, "busy")]);
  await until(() => cli.records().length === 2, { what: "the conversation to be busy" });
  return {
    cli,
    open: () => writeFileSync(gate, ""),
    send,
    keepers: async () => (await cli.here(["keepers", "--json"])).json.keepers as Keeper[],
    outcomeOf: async (turnId) => (await cli.run(["wait", "x", "--turn", turnId, "--json"])).json.outcome,
  };
}

const isAlive = (pid: number) => identifyProcess(pid) !== undefined;

/** The memory of a process that is its own, and its part of what it shares, in MB. */
function memoryOf(pid: number): number {
  const found = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  return Number(found?.[1]) / 1024;
}

/** The processes that run our command line in a sandbox. */
function ourProcesses(cli: FakeCli): number[] {
  const home = `AGENT_SESSIONS_HOME=${cli.sandbox.env.AGENT_SESSIONS_HOME}`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("/dist/cli.cjs");
        return isOurs && readFileSync(`/proc/${pid}/environ`, "latin1").includes(home);
      } catch {
        return false;
      }
    });
}

test("twenty turns that wait are kept by one process, which ends when it has none", {
  skip: process.platform !== "linux" && "/proc tells what memory a process has",
}, async (t) => {
  const { cli, open, send, keepers, outcomeOf } = await openBusy(t);
  const turnIds: string[] = [];
  for (let at = 0; at < 20; at += 1) turnIds.push(await send(`n${at}`));
  const [keeper] = await keepers();
  assert.deepEqual(ourProcesses(cli), [keeper?.pid]);
  assert.deepEqual([keeper?.name, keeper?.is_running, keeper?.queued], ["x", true, 20]);
  const { json } = await cli.here(["status", "--json"]);
  assert.deepEqual((json.keepers as Keeper[])[0]?.pid, keeper?.pid);
  const megabytes = memoryOf(keeper?.pid ?? 0);
  t.diagnostic(`${Math.round(megabytes)} MB`);
  assert.ok(megabytes < 150, `${megabytes} MB`);
  open();
  for (const turnId of turnIds) assert.equal(await outcomeOf(turnId), "succeeded");
  const labels = cli.records().map(({ stdinSha256 }) => stdinSha256);
  assert.equal(new Set(labels).size, 22, "each ran once");
  await until(() => !isAlive(keeper?.pid ?? 0), { what: "the keeper to end" });
  assert.deepEqual(await keepers(), []);
});

test("a keeper holds nothing of the command that started it", async (t) => {
  const { cli, open, keepers } = await openBusy(t);
  const [keeper] = await keepers();
  const { pid = 0 } = keeper ?? {};
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), "/");
  const state = cli.sandbox.env.AGENT_SESSIONS_HOME ?? "?";
  for (const descriptor of [0, 1, 2]) {
    const path = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
    assert.ok(path === "/dev/null" || path.startsWith(state), `${descriptor}: ${path}`);
  }
  // A shell that waits for the end of the output of a command gets it.
  const { env, workspace: cwd } = cli.sandbox;
  const words = cli.argv(["send", "x", "--detach", cli.say({}, "n0")]);
  const substituted = await run(["bash", "-c", 'x=$("$@" | cat); echo "got $x"', "bash", ...words], {
    cwd,
    env,
  });
  assert.match(substituted.stdout, /^got \d{8}-\d{6}-[0-9a-f]{8}\n$/, substituted.stderr);
  assert.ok(isAlive(pid));
  open();
});

test("a command with another environment has a keeper of its own, in the same line", async (t) => {
  const { cli, open, send, keepers, outcomeOf } = await openBusy(t);
  const first = await send("n0");
  const other = await send("n1", { env: { FLAVOUR: "vanilla" } });
  const third = await send("n2");
  assert.deepEqual(
    (await keepers()).map(({ queued }) => queued).toSorted(),
    [1, 2],
    "each runs what was sent from its environment",
  );
  open();
  for (const turnId of [first, other, third]) assert.equal(await outcomeOf(turnId), "succeeded");
  assert.equal(cli.records().length, 5);
});

test("a turn behind others of its keeper ends at its deadline, and at once when it is cancelled", async (t) => {
  const { cli, open, send, outcomeOf } = await openBusy(t);
  const first = await send("n0");
  const late = await send("n1", { words: ["--deadline", "1s"] });
  const unwanted = await send("n2");
  const last = await send("n3");
  assert.equal(await outcomeOf(late), "deadline");
  const cancelled = await cli.run(["cancel", "x", "--turn", unwanted, "--json"]);
  assert.deepEqual([cancelled.json.cancelled, await outcomeOf(unwanted)], [true, "cancelled"]);
  open();
  for (const turnId of [first, last]) assert.equal(await outcomeOf(turnId), "succeeded");
  assert.equal(cli.records().length, 4);
});

test("a keeper that is asked to stop ends after the turn that runs, and the rest runs with the next command", async (t) => {
  const { cli, open, send, keepers, outcomeOf } = await openBusy(t);
  const first = await send("n0");
  const second = await send("n1");
  const [keeper] = await keepers();
  const stopped = await cli.run(["keepers", "--stop", "--json"]);
  assert.deepEqual(
    (stopped.json.stopped as Keeper[]).map(({ pid, is_running: isRunning }) => [pid, isRunning]),
    [[keeper?.pid, true]],
  );
  // What is sent from now on has another keeper, in the same line.
  const third = await send("n2");
  open();
  await until(() => !isAlive(keeper?.pid ?? 0), { what: "the keeper to end" });
  await cli.run(["list"]);
  for (const turnId of [first, second, third]) assert.equal(await outcomeOf(turnId), "succeeded");
  assert.equal(cli.records().length, 5);
});

test("a keeper that runs no turn is gone when --stop returns", async (t) => {
  const { cli, open, send, keepers, outcomeOf } = await openBusy(t);
  const [busy] = await keepers();
  const waiting = await send("n0", { env: { FLAVOUR: "vanilla" } });
  const [idle] = (await keepers()).filter(({ pid }) => pid !== busy?.pid);
  const { stdout } = await cli.run(["keepers", "--stop", "x"]);
  assert.equal(isAlive(idle?.pid ?? 0), false);
  assert.match(stdout, new RegExp(`^${busy?.pid} x ends after the turn that runs$`, "m"));
  open();
  await until(() => !isAlive(busy?.pid ?? 0), { what: "the other one to end" });
  await cli.run(["list"]);
  assert.equal(await outcomeOf(waiting), "succeeded");
});

test("the place of a turn that has ended holds up nobody, though the keeper that had it lives on", async (t) => {
  const { cli, open, send, keepers, outcomeOf } = await openBusy(t);
  await send("n0");
  const sessions = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "sessions/claude");
  const queue = join(sessions, readdirSync(sessions)[0] ?? "", "queue");
  const [ticket = ""] = readdirSync(queue);
  // As a command leaves it that is killed before it has told of its turn.
  const { turnId: _, arrival: __, ...waiter } = JSON.parse(readFileSync(join(queue, ticket), "utf8"));
  const ghost = { ...waiter, turnId: "20260101-000000-00000000", arrival: "00000000000000000001" };
  writeFileSync(join(queue, `${ghost.arrival}-${ghost.turnId}`), JSON.stringify(ghost));
  open();
  assert.equal(await outcomeOf(await send("n1")), "succeeded");
  assert.deepEqual(await keepers(), []);
});

test("a keeper whose state home is gone ends", async (t) => {
  const { cli, open, send, keepers } = await openBusy(t);
  await send("n0");
  const [keeper] = await keepers();
  rmSync(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "?", { recursive: true });
  open();
  await until(() => !isAlive(keeper?.pid ?? 0), { what: "the keeper to end", timeoutMs: 20_000 });
});

test("a keeper whose program was updated begins no other turn; the next command runs what waits", async (t) => {
  const { cli, open, keepers } = await openBusy(t);
  const copy = join(cli.sandbox.folder, "program");
  mkdirSync(copy);
  const folder = dirname(CLI);
  for (const file of readdirSync(folder)) cpSync(join(folder, file), join(copy, file), { recursive: true });
  const program = join(copy, "cli.cjs");
  const { env, workspace: cwd } = cli.sandbox;
  const words = ["send", "x", "--detach", "--agent-cmd", FAKE_AGENT, cli.say({}, "n0")];
  const sent = await run([process.execPath, program, ...words], { cwd, env });
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal((await keepers()).length, 2, "each program has its own");
  const [waiting] = (await keepers()).filter(({ queued }) => queued === 1);
  appendFileSync(program, "\n");
  await until(() => !isAlive(waiting?.pid ?? 0), { what: "the keeper to end", timeoutMs: 20_000 });
  open();
  await cli.run(["list"]);
  const { json } = await cli.run(["wait", "x", "--turn", sent.stdout.trim(), "--json"]);
  assert.equal(json.outcome, "succeeded");
});

test("a keeper that is killed at any moment loses no turn and runs none twice", async (t) => {
  const { cli, open, send, keepers, outcomeOf } = await openBusy(t);
  const turnIds: string[] = [];
  for (let at = 0; at < 8; at += 1) turnIds.push(await send(`n${at}`));
  open();
  for (let time = 0; time < 14; time += 1) {
    const [keeper] = await keepers();
    if (keeper === undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 15 * time));
    if (isAlive(keeper.pid)) process.kill(keeper.pid, "SIGKILL");
    // Nobody has to wait for the pause after a keeper that has begun nothing.
    await cli.run(["keepers", "--run", "x"]);
  }
  for (const turnId of turnIds) assert.equal(await outcomeOf(turnId), "succeeded");
  const prompts = cli.records().map(({ stdinSha256 }) => stdinSha256);
  assert.deepEqual([prompts.length, new Set(prompts).size], [10, 10], "each was run once");
});
