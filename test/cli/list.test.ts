import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openSessions } from "../../src/index.ts";
import { digest } from "../../src/stores/file/home.ts";
import { type CliResult, openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

interface Listed {
  name: string;
  agent: string;
  workspace: string;
  workspace_is_gone: boolean;
  busy_since: string | null;
}

test("list: all folders, orders, filters and a limit", async (t) => {
  const cli = openFakeCli(t);
  const here = cli.sandbox.workspace;
  const there = cli.sandbox.addWorkspace("there");
  const must = async (...args: string[]): Promise<CliResult["json"]> => {
    const result = await cli.here([...args, "--json"]);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.json;
  };
  const list = async (...args: string[]) => (await must("list", ...args)).names as Listed[];
  const names = async (...args: string[]) => (await list(...args)).map(({ name }) => name);
  await must("create", "beta");
  await must("create", "alpha", "-a", "codex");
  await must("create", "Review-1", "-w", there);
  await must("create", "review-2", "-w", there);
  await must("send", "beta", cli.say({}, "again"));

  assert.deepEqual(await names(), ["beta", "alpha"], "used last first");
  assert.deepEqual(await names("--sort", "name"), ["alpha", "beta"]);
  assert.deepEqual(await names("--sort", "created"), ["alpha", "beta"], "the newest first");
  assert.deepEqual(await names("--all"), ["beta", "review-2", "Review-1", "alpha"]);
  assert.deepEqual(await names("--all", "--sort", "created"), ["review-2", "Review-1", "alpha", "beta"]);
  assert.deepEqual(await names("--all", "--agent", "codex"), ["alpha"]);
  assert.deepEqual(await names("--all", "--grep", "review-*", "--sort", "name"), ["Review-1", "review-2"]);
  assert.deepEqual(await names("--grep", "ALPH"), ["alpha"]);
  const cut = await must("list", "--all", "--limit", "1");
  assert.deepEqual([cut.workspace, cut.count, cut.total], [null, 1, 4]);
  assert.deepEqual(
    (await list("--all", "--sort", "name")).map(({ workspace }) => workspace),
    [there, here, here, there],
  );

  const sessions = await openSessions({ workspace: here, env: cli.sandbox.env });
  const listing = await sessions.list({ everywhere: true, pattern: "review-?", limit: 1 });
  assert.deepEqual([listing.names.length, listing.total], [1, 2]);

  const table = await cli.here(["list", "--all", "--limit", "3", "--sort", "created"]);
  const [head, first] = table.stdout.split("\n");
  assert.match(head ?? "", /^NAME +STATE +AGENT +CREATED +TURNS +WORKSPACE +LAST WORDS$/);
  assert.ok(first?.startsWith("review-2") && first.includes(there), first);
  assert.match(table.stderr, /^1 more exist; --limit 4 lists them all\.\n$/);
  const none = await cli.here(["list", "--all", "--grep", "nothing"]);
  assert.deepEqual([none.code, none.stdout], [0, ""]);
  assert.match(none.stderr, /^No name in any folder matches "nothing"\./);
  for (const bad of [
    ["--sort", "size"],
    ["--limit", "0"],
    ["--all", "-w", here],
  ]) {
    const { code, json } = await cli.here(["list", ...bad, "--json"]);
    assert.deepEqual([code, json.error?.code], [2, "usage"], bad.join(" "));
  }

  const gate = join(cli.sandbox.folder, "go");
  const sending = cli.start(["send", "review-2", "-w", there, cli.say({ waitForFile: gate }, "on")]);
  await until(() => cli.records().length === 2, { what: "the start of the agent" });
  const busy = (await list("--all")).filter(({ busy_since: since }) => since !== null);
  assert.deepEqual(
    busy.map(({ name }) => name),
    ["review-2"],
  );
  writeFileSync(gate, "");
  await sending.result;

  rmSync(there, { recursive: true });
  assert.deepEqual(
    (await list("--all", "--sort", "name")).map((listed) => listed.workspace_is_gone),
    [true, false, false, true],
  );
  assert.ok((await cli.here(["list", "--all"])).stdout.includes(`${there} (missing)`));

  const log = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "names", digest(`codex\0${here}`), "log.jsonl");
  writeFileSync(log, '{"v":2,"kind":"names"}\n');
  const broken = await cli.here(["list", "--all", "--json"]);
  assert.deepEqual([broken.code, broken.json.count], [0, 3]);
  assert.match(broken.stderr, /^Some names are not shown\. .*log\.jsonl/);
});

test("a name that is being created is listed, and a turn without a name is not", async (t) => {
  const cli = openFakeCli(t);
  const gate = join(cli.sandbox.folder, "gate");
  const waiting = (text: string) =>
    cli.say({ noStart: true, waitForFile: gate, pidTo: join(cli.sandbox.folder, text) }, text);
  const turns = [
    cli.start(["once", "-a", "codex", waiting("once")]),
    cli.start(["create", "x", "-a", "codex", waiting("create")]),
  ];
  for (const text of ["once", "create"])
    await until(() => existsSync(join(cli.sandbox.folder, text)), { what: `the agent of ${text}` });
  const { json } = await cli.here(["list", "--json"]);
  assert.deepEqual([json.count, (json.creating as Listed[]).map(({ name }) => name)], [0, ["x"]]);
  writeFileSync(gate, "");
  for (const { result } of turns) assert.equal((await result).code, 0);
});

test("a tree tells programs what each name was forked from; the bill tells one name in two folders apart", async (t) => {
  const cli = openFakeCli(t);
  const here = cli.sandbox.workspace;
  const there = cli.sandbox.addWorkspace("there");
  const must = async (...args: string[]) => {
    const result = await cli.here([...args, "--json"]);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.json;
  };
  const trunk = await must("create", "x");
  await must("fork", "x", "y", "hi");
  await must("create", "x", "-w", there);
  const { names } = (await must("list", "--tree", "--sort", "name")) as never as {
    names: { name: string; parent: object | null }[];
  };
  const parent = { name: "x", workspace: here, session_id: trunk.session_id };
  assert.deepEqual(
    names.map(({ name, parent }) => [name, parent]),
    [
      ["x", null],
      ["y", parent],
    ],
  );
  const { groups } = (await must("cost", "--all")) as never as {
    groups: { key: string; workspace: string; turns: number }[];
  };
  assert.deepEqual(
    groups.map(({ key, workspace, turns }) => [key, workspace, turns]).sort(),
    [
      ["x", here, 1],
      ["x", there, 1],
      ["y", here, 1],
    ].sort(),
  );
  assert.match((await cli.here(["cost", "--all"])).stdout, /^NAME .* WORKSPACE\n[\s\S]*^x .*workspace$/m);
  const byFolder = (await must("cost", "--all", "--by", "workspace")).groups as { key: string }[];
  assert.deepEqual(byFolder.map(({ key }) => key).sort(), [here, there].sort());

  // As a codex that refuses its command line: it asks nobody, so it costs nothing.
  const refusing = join(cli.sandbox.folder, "refusing.sh");
  writeFileSync(refusing, "#!/bin/sh\necho 'unknown option' >&2\nexit 2\n", { mode: 0o700 });
  const refused = await cli.here(["send", "x", "--agent-cmd", refusing, "no"], { plain: true });
  assert.equal(refused.code, 3, refused.stderr);
  const { total } = (await must("cost", "x")) as never as { total: { turns: number; unknown_turns: number } };
  assert.deepEqual([total.turns, total.unknown_turns], [2, 0]);
  const { usage } = (await must("show", "x")) as never as { usage: { is_lower_bound: boolean } };
  assert.equal(usage.is_lower_bound, false);
});

test("list tells what each conversation is doing, and what was said last", async (t) => {
  const cli = openFakeCli(t);
  const must = async (...args: string[]) => {
    const result = await cli.here([...args, "--json"]);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.json;
  };
  const states = async () => {
    const { json } = await cli.here(["list", "--sort", "name", "--json"]);
    const names = json.names as { name: string; state: string }[];
    return Object.fromEntries(names.map(({ name, state }) => [name, state]));
  };
  for (const name of ["done", "bad", "background", "busy", "gone"]) await must("create", name, "-a", "codex");
  const bad = await cli.here(["send", "bad", cli.say({ exitCode: 1 }, "fail")]);
  assert.notEqual(bad.code, 0);
  const { turn_id: turnId } = await must("send", "background", "-d", cli.say({ text: "the\nanswer" }, "ask"));
  await must("wait", "background", "--turn", String(turnId));
  await must("send", "background", "-d", cli.say({ text: "unread\nanswer" }, "ask again"));
  await until(async () => (await states()).background === "unread", { what: "the end of the turn" });
  const gate = join(cli.sandbox.folder, "go");
  const running = cli.start(["send", "busy", cli.say({ waitForFile: gate }, "work\ton")]);
  await until(async () => (await states()).busy === "running", { what: "the start of the turn" });
  await must("send", "busy", "-d", cli.say({}, "later"));
  const { transcript } = await must("show", "gone");
  rmSync(String(transcript));
  const kept = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "sessions/codex");
  assert.equal((await states()).gone, "free", "our copy of the transcript is there");
  const { session_id: gone } = await must("show", "gone");
  rmSync(join(kept, digest(String(gone)), "transcript"), { recursive: true });

  assert.deepEqual(await states(), {
    background: "unread",
    bad: "failed",
    busy: "running",
    done: "free",
    gone: "lost",
  });
  const lines = (await cli.here(["list", "--sort", "name"])).stdout.split("\n");
  assert.match(lines[1] ?? "", /^background +unread +codex +\S.* 3 +unread answer$/);
  assert.match(lines[3] ?? "", /^busy +running( \d+ s)? +codex .* 1 +(thinking: )?#fake/);
  const formatted = await cli.here([
    "list",
    "--sort",
    "name",
    "--format",
    "{name}\\t{state}\\t{queued}\\t{model}|",
  ]);
  assert.equal(
    formatted.stdout,
    "background\tunread\t0\t|\nbad\tfailed\t0\t|\nbusy\trunning\t1\t|\ndone\tfree\t0\t|\ngone\tlost\t0\t|\n",
  );
  assert.equal(
    (await cli.here(["list", "-q", "--sort", "name", "--limit", "2"])).stdout,
    "background\nbad\n",
  );
  const wrong = await cli.here(["list", "--format", "{name} {nmae}"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /unknown key: "\{nmae\}"\.\n.*\{name\} \{agent\}/);
  const unseen = await cli.here(["list", "--watch"]);
  assert.deepEqual([unseen.code, unseen.stdout], [2, ""]);
  for (const both of [
    ["--json", "-q"],
    ["--format", "x", "--tree"],
    ["--watch", "--json"],
  ])
    assert.equal((await cli.here(["list", ...both])).code, 2, both.join(" "));

  await must("history", "background");
  assert.equal((await states()).background, "free", "history has told the answer");
  writeFileSync(gate, "");
  await running.result;
  await until(async () => (await states()).busy === "unread", { what: "the turn in line" });
  await must("show", "busy");
  assert.equal((await states()).busy, "free", "show has told the answer");

  const elsewhere = await cli.here(["list", "-w", cli.sandbox.addWorkspace("empty")]);
  assert.match(elsewhere.stderr, /There are 5 names in other folders: agent-sessions list --all/);
});
