import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { openSessions } from "../../src/index.ts";
import { digest } from "../../src/stores/file/home.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { CLI, type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

async function must(cli: FakeCli, ...args: string[]): Promise<CliResult["json"]> {
  const result = await cli.here([...args, "--json"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result.json;
}

async function names(cli: FakeCli): Promise<string[]> {
  const { names } = await must(cli, "list", "--sort", "name");
  return (names as { name: string; agent: string }[]).map(({ name, agent }) => `${name} ${agent}`);
}

function seenMarks(folder: string): string {
  const marks = readdirSync(folder).filter((file) => file.startsWith("seen-"));
  return marks.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
}

test("remove --all takes all names away, each of which restore brings back", async (t) => {
  const cli = openFakeCli(t);
  const empty = await cli.here(["remove", "--all"]);
  assert.deepEqual([empty.code, empty.stdout], [0, ""]);
  assert.match(empty.stderr, /^There are no names to remove in \//);
  for (const args of [["a b"], ["x"], ["x", "-a", "codex"]]) await must(cli, "create", ...args);
  const before = await names(cli);
  for (const args of [["--all", "x"], []]) {
    const { code, json } = await cli.here(["remove", ...args, "--json"]);
    assert.deepEqual([code, json.error?.code], [2, "usage"], args.join(" "));
  }
  assert.deepEqual(await names(cli), before);

  await must(cli, "remove", "--all", "--agent", "codex");
  assert.deepEqual(await names(cli), ["a b claude", "x claude"]);
  await must(cli, "restore", "x", "--agent", "codex");
  const told = await cli.here(["remove", "--all"]);
  assert.match(
    told.stderr,
    /^Removed "a b"; it pointed at claude \S+\. Bring it back with: agent-sessions restore 'a b' --agent claude\n/,
  );
  assert.equal(told.stderr.trimEnd().split("\n").length, 3);
  assert.deepEqual(await names(cli), []);
  for (const undo of told.stderr.matchAll(/agent-sessions restore (?:'(a b)'|(x)) --agent (\w+)/g))
    await must(cli, "restore", undo[1] ?? undo[2] ?? "", "--agent", undo[3] ?? "");
  assert.deepEqual(await names(cli), before);

  const sessions = await openSessions({ workspace: cli.sandbox.workspace, env: cli.sandbox.env });
  const removed = await sessions.removeAll();
  assert.deepEqual(removed.map(({ name, agent }) => `${name} ${agent}`).sort(), before);
  const { code, json } = await cli.here(["remove", "--all", "--json", "-w", "/nowhere/at/all"]);
  assert.deepEqual([code, json.error?.code], [2, "folder_missing"]);
});

test("remove --all removes none where one can't be removed, and goes on beside turns", async (t) => {
  const cli = openFakeCli(t);
  await must(cli, "create", "x");
  await must(cli, "create", "y", "-a", "codex");
  const { workspace, env } = cli.sandbox;
  const folder = join(env.AGENT_SESSIONS_HOME ?? "", "names", digest(`codex\0${workspace}`));
  // Each look reads a mapping file again, under the lock, until the file is older than the grain of its times.
  await until(
    async () => {
      await names(cli);
      return !/too fresh/.test(seenMarks(folder));
    },
    { what: "a look at a file that is old enough" },
  );
  const lock = join(folder, "lock");
  rmSync(lock, { recursive: true });
  writeFileSync(lock, "in the way");
  const failed = await cli.here(["remove", "--all", "--json"]);
  assert.deepEqual([failed.code, failed.json.error?.code], [8, "state_unreadable"], failed.stdout);
  assert.deepEqual(await names(cli), ["x claude", "y codex"]);
  const { moves } = await must(cli, "restore", "x", "--list");
  const reasons = (moves as { reason: string }[]).map(({ reason }) => reason);
  assert.deepEqual(reasons, ["restore", "remove", "create"], "what was done is undone");
  rmSync(lock);
  mkdirSync(lock);

  const gate = join(cli.sandbox.folder, "go");
  const sending = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "on")]);
  await until(() => cli.records().length === 1, { what: "the start of the agent" });
  // codex tells its id late: until then there is no name, and nothing to take away.
  const slow = { noStart: true, waitForFile: gate };
  const creating = cli.start(["create", "z", "-a", "codex", "--json", cli.say(slow, "begin")]);
  await until(() => cli.records().length === 2, { what: "the start of the other" });
  const removed = await cli.here(["remove", "--all", "--json"]);
  assert.deepEqual([removed.code, removed.json.count], [0, 2], removed.stdout);
  assert.match(removed.stderr, /"z" is being created and was not removed/);
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await sending.result).stdout).outcome, "succeeded");
  await creating.result;
  assert.deepEqual(await names(cli), []);
  await must(cli, "restore", "x");
  assert.equal((await must(cli, "show", "x")).turns, 2, "the turn that ran meanwhile is in its journal");
});

test("remove and show say that a turn still runs, and times are told in one way", async (t) => {
  const cli = openFakeCli(t);
  await must(cli, "create", "x", "--effort", "low");
  const gate = join(cli.sandbox.folder, "gate");
  const { turn_id: id } = await must(cli, "send", "x", "--detach", cli.say({ waitForFile: gate }, "long"));
  type Busy = { state: string } | null;
  const isRunning = async () => ((await must(cli, "show", "x")).busy as Busy)?.state === "running";
  await until(isRunning, { what: "the turn to run" });
  assert.match((await cli.here(["show", "x"])).stdout, /state +busy for [\d.]+ m?s\n/);
  assert.match((await cli.here(["list"])).stdout, /^x +running/m);
  for (const { created_at, last_used_at } of [
    await must(cli, "show", "x"),
    ...((await must(cli, "list")).names as Record<string, unknown>[]),
  ])
    for (const time of [created_at, last_used_at]) assert.equal(new Date(String(time)).toISOString(), time);
  assert.equal((await must(cli, "remove", "x")).running_turn_id, id);
  await must(cli, "restore", "x");
  assert.match(
    (await cli.here(["remove", "x"])).stderr,
    new RegExp(`Turn ${id} still runs in it and continues\\.`),
  );
  await must(cli, "restore", "x");
  writeFileSync(gate, "");
  await must(cli, "wait", "x");
  assert.equal((await must(cli, "remove", "x")).running_turn_id, null);
});

test("at a terminal remove --all asks first, and --yes does not", {
  skip: process.platform !== "linux",
}, async (t) => {
  const cli = openFakeCli(t);
  for (const name of ["a", "b"]) await must(cli, "create", name);
  const removing = (...words: string[]) =>
    atTerminal(cli, quoteWords([process.execPath, CLI, "remove", "--all", ...words]));
  const count = async () => (await must(cli, "list")).count;
  for (const [answer, left] of [
    ["n\n", 2],
    ["\n", 2],
    ["yes\n", 0],
  ] as const) {
    const asked = removing();
    await asked.waitFor((stdout) => stdout.includes("Remove all 2 names of /"), { what: "the question" });
    asked.write(answer);
    const { code, stdout } = await end(asked);
    assert.equal(code, 0, stdout);
    assert.match(stdout, left === 0 ? /Removed "a"/ : /Nothing was removed\./);
    assert.equal(await count(), left);
  }
  await must(cli, "create", "c");
  assert.match((await end(removing("--yes"))).stdout, /Removed "c"/);
  assert.equal(await count(), 0);
});

test("a conversation in which a turn runs is not purged, and what to do first is said", async (t) => {
  const cli = openFakeCli(t);
  const isOverStore = cli.sandbox.env.AGENT_SESSIONS_STORE !== undefined;
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "gate");
  const sending = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "one")]);
  await until(() => cli.records().length === 1, { what: "the agent" });
  const refused = await cli.here(["remove", "--purge", "x", "--json"]);
  assert.deepEqual([refused.code, refused.json.error?.code], isOverStore ? [5, "busy"] : [2, "unsupported"]);
  const hint = isOverStore ? /agent-sessions wait x .*agent-sessions cancel x$/ : /agent-sessions remove x/;
  assert.match(refused.json.error?.hint ?? "", hint);
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await sending.result).stdout).outcome, "succeeded");
  assert.equal((await cli.here(["remove", "--purge", "x"])).code, isOverStore ? 0 : 2);
});
