// Workspaces that were moved or deleted.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openSessions } from "../../src/index.ts";
import { type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/until.ts";

interface Place {
  cli: FakeCli;
  old: string;
  now: string;
  must(cwd: string, ...args: string[]): Promise<CliResult["json"]>;
  fails(cwd: string, ...args: string[]): Promise<[number | null, string | undefined, string]>;
  /** Name and agent of all names, by workspace. */
  all(): Promise<string[]>;
}

function open(t: Parameters<typeof openFakeCli>[0]): Place {
  const cli = openFakeCli(t);
  const now = join(cli.sandbox.folder, "now");
  const run = (cwd: string, args: string[]) => cli.here([...args, "--json"], { cwd });
  const must: Place["must"] = async (cwd, ...args) => {
    const result = await run(cwd, args);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.json;
  };
  return {
    cli,
    old: cli.sandbox.workspace,
    now,
    must,
    fails: async (cwd, ...args) => {
      const { code, json } = await run(cwd, args);
      return [code, json.error?.code, `${json.error?.message} ${json.error?.hint}`];
    },
    all: async () => {
      const { names } = await must(cli.sandbox.folder, "list", "--all", "--sort", "name");
      return (names as { name: string; agent: string; workspace: string }[]).map(
        ({ name, agent, workspace }) => `${workspace.split("/").at(-1)} ${name} ${agent}`,
      );
    },
  };
}

test("names of a folder that was moved are taken over by the command that is told", async (t) => {
  const { cli, old, now, must, fails, all } = open(t);
  const { session_id: id } = await must(old, "create", "x", cli.say({}, "one"));
  await must(old, "create", "y", "-a", "codex");
  await must(old, "create", "z");
  assert.match((await fails(cli.sandbox.folder, "adopt", "x", "--from", old))[2], /still exists/);
  renameSync(old, now);

  const [exit, code, text] = await fails(now, "send", "x", "hi");
  assert.deepEqual([exit, code], [4, "no_such_name"]);
  const command = `agent-sessions adopt x --from ${old}`;
  assert.ok(text.endsWith(`${old} had one, and is gone. If the folder was moved here: ${command}`), text);
  const [missing, error, said] = await fails(cli.sandbox.folder, "send", "x", "-w", old, "hi");
  assert.deepEqual([missing, error], [2, "folder_missing"]);
  assert.ok(said.endsWith(`If it was moved, do this where it is now: ${command}`), said);
  const findings = (await must(now, "doctor")).checks as { check: string; message: string; hint: string }[];
  const finding = findings.find(({ check }) => check === "workspaces");
  assert.equal(finding?.message, `3 names belong to ${old}, which does not exist any more.`);
  assert.ok(finding?.hint.includes(`agent-sessions adopt --all --from ${old} `), finding?.hint);
  assert.equal((await must(now, "adopt", "--list", "-w", old)).count, 3, "its conversations are still there");

  const told = await cli.here(["adopt", "x", "--from", "../workspace"], { cwd: now });
  assert.deepEqual([told.code, told.stdout], [0, ""]);
  assert.equal(told.stderr, `"x" (claude ${id}) now belongs to ${now}, no longer to ${old}.\n`);
  assert.deepEqual(await all(), ["now x claude", "workspace y codex", "workspace z claude"]);
  const sent = await must(now, "send", "x", cli.say({}, "two"));
  assert.deepEqual([sent.session_id, sent.workspace, sent.rebound_from], [id, now, null]);
  assert.match(String(sent.text), /prompts: 2/);
  assert.equal(cli.records().at(-1)?.cwd, now);
  const { moves } = await must(now, "restore", "x", "--list");
  assert.deepEqual(
    (moves as { reason: string }[]).map(({ reason }) => reason),
    ["rebind"],
  );
  assert.match((await fails(now, "adopt", "x", "--from", old))[2], /no conversation named "x"/);
  const { total } = await must(now, "cost");
  assert.equal((total as { turns: number }).turns, 2, "what it has cost comes along");

  const sessions = await openSessions({ workspace: now, env: cli.sandbox.env });
  const { names, from } = await sessions.rebind(old);
  assert.deepEqual([names.map(({ name }) => name).sort(), from], [["y", "z"], old]);
  assert.deepEqual(await all(), ["now x claude", "now y codex", "now z claude"]);
  assert.match((await fails(now, "adopt", "--all", "--from", old))[2], /^There are no names in /);
  mkdirSync(old);
  assert.match(
    (await fails(old, "send", "x", "hi"))[2],
    /Another workspace has taken it over\. .*list --all/,
  );
});

test("send to a folder that is named takes a name over from the only one that had it and is gone, and says so", async (t) => {
  const { cli, old, now, must, fails, all } = open(t);
  const { session_id: id } = await must(old, "create", "x", cli.say({}, "one"));
  await must(old, "create", "y");
  renameSync(old, now);
  const sent = await cli.here(["send", "x", "--workspace", now, "--json", cli.say({}, "two")], {
    cwd: cli.sandbox.folder,
  });
  assert.deepEqual([sent.code, sent.json.session_id, sent.json.rebound_from], [0, id, old], sent.stderr);
  assert.match(
    sent.stderr,
    new RegExp(`^"x" belonged to ${old}, which does not exist any more; it now belongs to ${now}\\.\n`),
  );
  const detached = await cli.here(["send", "y", "-w", now, "-d", "--json", "hi"], {
    cwd: cli.sandbox.folder,
  });
  assert.equal(detached.json.rebound_from, old, detached.stdout + detached.stderr);
  assert.deepEqual(await all(), ["now x claude", "now y claude"]);
  await must(now, "wait", "y");
  assert.equal((await must(now, "send", "x", "-w", ".", cli.say({}, "three"))).rebound_from, null);

  // Two that are gone, and one that is there: nobody can know which is meant.
  for (const name of ["one", "two", "third"]) {
    const folder = cli.sandbox.addWorkspace(name);
    await must(folder, "create", "job");
    if (name !== "third") rmSync(folder, { recursive: true });
  }
  const [exit, code, text] = await fails(now, "send", "job", "-w", now, "hi");
  assert.deepEqual([exit, code], [4, "no_such_name"]);
  assert.match(text, /one and \S+two had one, and are gone\. .*adopt job --from DIR$/);
  rmSync(join(cli.sandbox.folder, "third"), { recursive: true });
  await must(now, "create", "near");
  assert.equal((await must(now, "send", "near", "-w", now, cli.say({}, "hi"))).rebound_from, null);
});

test("names are taken over all or none, and whatever stands in the way is said", async (t) => {
  const { cli, old, now, must, fails, all } = open(t);
  for (const name of ["a", "gamma"]) await must(old, "create", name);
  await must(old, "create", "b", "-a", "codex");
  renameSync(old, now);
  const { session_id: there } = await must(now, "create", "b", "-a", "codex");
  const before = await all();
  const refused: [args: string[], exit: number, code: string, says: RegExp][] = [
    [["--all", "--from", old], 2, "name_exists", /"b" already exists.*Nothing was moved/],
    [["b", "--from", old], 2, "name_exists", /rename b OTHER/],
    [["d", "--from", old], 4, "no_such_name", /named "d" in/],
    [["gama", "--from", old], 4, "no_such_name", /Did you mean "gamma"\?/],
    [["a", "--from", now], 2, "usage", /is the current workspace/],
    [["a", "--from", cli.sandbox.home], 2, "usage", /still exists/],
    [["a", "--from", "/never/was"], 4, "no_such_name", /list --all/],
    [["a", "--from", ""], 2, "usage", /--from is empty/],
    [["--from", old], 2, "usage", /Which name/],
    [["a", "--all", "--from", old], 2, "usage", /moves all names/],
    [["a", "--latest", "--from", old], 2, "usage", /without changes/],
  ];
  for (const [args, exit, code, says] of refused) {
    const [found, error, text] = await fails(now, "adopt", ...args);
    assert.deepEqual([found, error], [exit, code], `${args.join(" ")}: ${text}`);
    assert.match(text, says);
  }
  assert.deepEqual(await all(), before);
  await must(now, "adopt", "--all", "--from", old, "--replace");
  assert.deepEqual(await all(), ["now a claude", "now b codex", "now gamma claude"]);
  assert.equal((await must(now, "restore", "b@1")).session_id, there, "nothing overwritten is lost");
});

test("a turn under the old name is waited for, and a link in the old place is none", async (t) => {
  const { cli, old, now, must, fails, all } = open(t);
  await must(old, "create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const sending = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "on")]);
  await until(() => cli.records().length === 1, { what: "the start of the agent" });
  renameSync(old, now);
  const [exit, code, text] = await fails(now, "adopt", "x", "--from", old);
  assert.deepEqual([exit, code], [5, "busy"]);
  assert.match(text, /status --all .*cancel x --workspace/);
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await sending.result).stdout).outcome, "succeeded");
  symlinkSync(now, old);
  await must(now, "adopt", "x", "--from", old);
  assert.deepEqual(await all(), ["now x claude"]);
  const sent = await must(old, "send", "x", cli.say({}, "through the link"));
  assert.deepEqual([sent.workspace, (await must(now, "show", "x")).turns], [now, 3]);
});

test("killed half way, the same command goes on", async (t) => {
  const { old, now, must, all, cli } = open(t);
  await must(old, "create", "x");
  renameSync(old, now);
  // As a kill between its two steps leaves it: the name is in both places.
  await must(now, "adopt", "x", "--from", old);
  mkdirSync(old);
  await must(old, "restore", "x");
  rmSync(old, { recursive: true });
  assert.deepEqual(await all(), ["now x claude", "workspace x claude"]);
  await must(now, "adopt", "x", "--from", old);
  assert.deepEqual(await all(), ["now x claude"]);
  assert.match(String((await must(now, "send", "x", cli.say({}, "two"))).text), /prompts: 2/);
});
