import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { viewFolderName } from "../../src/stores/file/names/mapping-file.ts";
import { makeStateOld } from "../support/age.ts";
import { type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

async function must(cli: FakeCli, ...args: string[]): Promise<CliResult["json"]> {
  const result = await cli.here([...args, "--json"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result.json;
}

async function idOf(cli: FakeCli, name: string): Promise<unknown> {
  return (await must(cli, "show", name)).session_id;
}

async function fails(cli: FakeCli, args: string[]): Promise<[number | null, string | undefined, string]> {
  const { code, json } = await cli.here([...args, "--json"]);
  return [code, json.error?.code, `${json.error?.message} ${json.error?.hint}`];
}

test("a removed name comes back with its conversation, model and all, by the command that remove tells", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "my review", "-m", "big", cli.say({}, "one"));
  const removed = await cli.here(["remove", "my review"]);
  assert.match(removed.stderr, /Bring it back with: agent-sessions restore 'my review'\n$/);
  const [, , told] = await fails(cli, ["send", "my review", "hi"]);
  assert.match(told, /was removed\. Bring it back with: agent-sessions restore 'my review'/);
  assert.deepEqual(await must(cli, "restore", "my review"), {
    type: "agent_sessions.restored",
    name: "my review",
    agent: "claude",
    session_id: id,
    previous_session_id: null,
    workspace: cli.sandbox.workspace,
  });
  const sent = await must(cli, "send", "my review", cli.say({}, "two"));
  assert.match(String(sent.text), /prompts: 2/);
  assert.equal(sent.model, "big");
  const again = await must(cli, "remove", "my review", "-a", "claude", "-w", cli.sandbox.workspace);
  assert.match(
    String(again.restore_command),
    /^agent-sessions restore 'my review' --agent claude --workspace \//,
  );
});

test("a name goes back move by move, and every move can be undone", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: first } = await must(cli, "create", "x");
  const { session_id: second } = await must(cli, "create", "x", "--replace");
  await must(cli, "remove", "x");
  const { session_id: third } = await must(cli, "create", "x");
  assert.match((await fails(cli, ["restore", "x"]))[2], /was not removed.*restore x@1.*--list/);
  assert.equal((await fails(cli, ["restore", "x"]))[1], "name_exists");
  const listed = await must(cli, "restore", "x", "--list");
  assert.deepEqual(
    (listed.moves as Record<string, unknown>[]).map((move) => [
      move.moves_ago,
      move.reason,
      move.session_id,
      move.kept,
    ]),
    [
      [0, "create", third, true],
      [1, "remove", null, null],
      [2, "replace", second, true],
      [3, "create", first, true],
    ],
  );
  const table = (await cli.here(["restore", "x", "--list"])).stdout;
  assert.match(table, /^MOVE +WHEN +WHY +AGENT +SESSION\nx@0 /);
  assert.match(table, /x@1 .*remove .*nothing\nx@2 .*replace/);
  for (const [word, code, says] of [
    ["x@1", "usage", /pointed at nothing/],
    ["x@4", "usage", /has 4 moves/],
    ["x@0", "usage", /not a number of moves/],
    ["y@1", "no_such_name", /name "y" has never existed/],
  ] as const) {
    const [exit, found, text] = await fails(cli, ["restore", word]);
    assert.deepEqual([exit, found], [code === "usage" ? 2 : 4, code], word);
    assert.match(text, says);
  }
  assert.equal((await must(cli, "restore", "x@3")).previous_session_id, third);
  assert.equal(await idOf(cli, "x"), first);
  await must(cli, "restore", "x@1");
  assert.equal(await idOf(cli, "x"), third);
});

test("a name of an earlier version that ends like a number of moves is a name, and can be renamed", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "x-1");
  const names = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "names");
  for (const entry of readdirSync(names, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) writeFileSync(file, readFileSync(file, "utf8").replaceAll('"x-1"', '"x@1"'));
  }
  assert.equal((await must(cli, "send", "x@1", "hi")).session_id, id);
  assert.equal((await must(cli, "create", "x@1", "--if-missing")).session_id, id);
  await must(cli, "create", "x");
  await must(cli, "remove", "x@1");
  assert.equal((await must(cli, "restore", "x@1")).session_id, id);
  assert.equal((await fails(cli, ["restore", "x@1@1"]))[1], "usage", "before it, there was nothing");
  assert.equal((await must(cli, "rename", "x@1", "y")).session_id, id);
});

test("a renamed name is not brought back beside itself by mistake", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "x");
  await must(cli, "rename", "x", "y");
  const [exit, code, text] = await fails(cli, ["restore", "x"]);
  assert.deepEqual([exit, code], [2, "name_exists"]);
  assert.match(text, /renamed to "y".*rename y x.*restore x@1/);
  await must(cli, "restore", "x@1");
  assert.deepEqual([await idOf(cli, "x"), await idOf(cli, "y")], [id, id]);
  const { moves } = await must(cli, "restore", "y", "--list");
  assert.equal((moves as { renamed_from: string }[])[0]?.renamed_from, "x");
});

test("a conversation that was collected is not named again, and the name log stays as it was", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "x");
  await must(cli, "remove", "x");
  await must(cli, "gc", "--sessions-older-than", "1ms");
  const [exit, code, text] = await fails(cli, ["restore", "x"]);
  assert.deepEqual([exit, code], [4, "conversation_lost"]);
  assert.match(text, new RegExp(`${id}.*claude --resume ${id}`));
  const listed = await must(cli, "restore", "x", "--list");
  assert.deepEqual(
    (listed.moves as { kept: boolean | null }[]).map(({ kept }) => kept),
    [null, false],
  );
  assert.equal((await cli.here(["show", "x"])).code, 4);
});

test("a conversation that is brought back is safe from gc, however long it was away", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "x");
  await must(cli, "remove", "x");
  makeStateOld(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", 31);
  await must(cli, "restore", "x");
  assert.equal((await must(cli, "gc")).conversations, 0);
  assert.equal(await idOf(cli, "x"), id);
  assert.match(String((await must(cli, "send", "x", cli.say({}, "two"))).text), /prompts: 2/);
});

test("a name removed while its turn runs can be brought back at once", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const sending = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "one")]);
  await until(() => cli.records().length === 1, { what: "the start of the agent" });
  await must(cli, "remove", "x");
  await must(cli, "restore", "x");
  assert.equal(await idOf(cli, "x"), id);
  writeFileSync(gate, "");
  assert.match(JSON.parse((await sending.result).stdout).text, /one/);
  assert.equal((await must(cli, "show", "x")).turns, 2);
});

test("a name that only other tools have used needs no record of ours", async (t) => {
  const cli = openFakeCli(t);
  const { workspace, env } = cli.sandbox;
  const root = join(env.TMPDIR ?? "", "agent-sessions");
  const path = join(root, viewFolderName(workspace), "claude-code-alias-mapping.json");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const id = "d25a595e-22f0-4206-87d8-20cce15c6355";
  const write = (aliases: object) =>
    writeFileSync(path, JSON.stringify({ aliases, workspace_dir: workspace }));
  write({ x: { session_id: id, colour: "red" }, y: { session_id: "9" } });
  await must(cli, "list");
  write({ y: { session_id: "9" } });
  assert.equal((await cli.here(["show", "x"])).code, 4, "another tool has removed it");
  assert.equal((await must(cli, "restore", "x")).session_id, id);
  await must(cli, "remove", "x");
  assert.equal((await must(cli, "restore", "x")).session_id, id, "again");
});

test("a create that failed left nothing to bring back", async (t) => {
  const cli = openFakeCli(t);
  const script = { noAnswer: true, noTerminalEvent: true, exitCode: 1 };
  assert.equal((await cli.here(["create", "x", cli.say(script, "hi")])).code, 3);
  const [exit, code, text] = await fails(cli, ["restore", "x"]);
  assert.deepEqual([exit, code], [2, "usage"], text);
  assert.match(text, /No conversation with this name has ever begun/);
});

test("all names that are removed are listed, with the command that brings each back", async (t) => {
  const cli = openFakeCli(t);
  const none = await cli.here(["restore", "--list"]);
  assert.deepEqual([none.code, none.stdout], [0, ""]);
  assert.match(none.stderr, /^No name is removed in \//);
  for (const [name, agent] of [
    ["my plan", "claude"],
    ["review", "codex"],
    ["old", "claude"],
    ["back", "claude"],
  ] as const)
    await must(cli, "create", name, "-a", agent);
  await must(cli, "rename", "old", "new");
  for (const name of ["my plan", "review", "back"]) await must(cli, "remove", name);
  await must(cli, "restore", "back");
  const listed = await must(cli, "restore", "--list");
  const names = listed.names as Record<string, unknown>[];
  assert.deepEqual(
    names.map(({ name, agent, kept, restore_command: command }) => [name, agent, kept, command]),
    [
      ["review", "codex", true, "agent-sessions restore review --agent codex"],
      ["my plan", "claude", true, "agent-sessions restore 'my plan' --agent claude"],
    ],
  );
  assert.equal((await must(cli, "restore", "--list", "--agent", "codex")).count, 1);
  const { stdout } = await cli.here(["restore", "--list"]);
  assert.match(
    stdout,
    /^NAME +AGENT +REMOVED +BRING IT BACK WITH\nreview +codex .* agent-sessions restore review/,
  );
  const [code, error, told] = await fails(cli, ["restore"]);
  assert.deepEqual([code, error], [2, "usage"]);
  assert.match(told, /No name was given\. .*agent-sessions restore --list/);
  await must(cli, "restore", "my plan", "--agent", "claude");
  assert.equal((await must(cli, "restore", "--list")).count, 1);
});
