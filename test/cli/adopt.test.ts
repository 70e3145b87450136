// Naming conversations that were begun without us, with the fake agent; the real ones are in test/real-agents.
import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { openSessions } from "../../src/index.ts";
import { sayBare } from "../support/cli/bare-agent.ts";
import { type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";

interface Listed {
  agent: string;
  session_id: string;
  first_prompt: string | null;
  names: { name: string; workspace: string }[];
  transcript: string;
}

interface Usage {
  input_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
}

async function must(cli: FakeCli, ...args: string[]): Promise<CliResult["json"]> {
  const result = await cli.here([...args, "--json"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result.json;
}

async function listed(cli: FakeCli, ...args: string[]): Promise<Listed[]> {
  return (await must(cli, "adopt", ...args)).conversations as Listed[];
}

async function fails(cli: FakeCli, ...args: string[]): Promise<[number | null, string | undefined, string]> {
  const { code, json } = await cli.here([...args, "--json"]);
  return [code, json.error?.code, `${json.error?.message} ${json.error?.hint}`];
}

/** Makes a transcript look as if it had been written to so many seconds ago. */
function age(transcript: string | undefined, seconds: number): void {
  const then = new Date(Date.now() - seconds * 1000);
  utimesSync(transcript ?? "", then, then);
}

test("the agents' own conversations of a folder are listed, newest first, and named", async (t) => {
  const cli = openFakeCli(t);
  const { workspace, folder } = cli.sandbox;
  const empty = await cli.here(["adopt"]);
  assert.deepEqual([empty.code, empty.stdout], [0, ""]);
  assert.match(empty.stderr, /^claude, codex(, \w+)* and \w+ have no conversation that began in \//);
  assert.deepEqual((await fails(cli, "adopt", "-w", "/nowhere")).slice(0, 2), [2, "folder_missing"]);

  const oldest = await sayBare(cli, "claude", `the oldest\n  one \u001b[31m ${"x".repeat(500)}`);
  const codex = await sayBare(cli, "codex", "of codex");
  const newest = await sayBare(cli, "claude", "the newest");
  // Claude's folder of this one has the same name.
  const twin = join(folder, "work.space");
  mkdirSync(twin);
  mkdirSync(join(folder, "work-space"));
  await sayBare(cli, "claude", "elsewhere", { cwd: twin });
  assert.deepEqual(await listed(cli, "-w", join(folder, "work-space")), []);
  const all = await listed(cli);
  age(all.find(({ session_id: id }) => id === oldest)?.transcript, 60);
  age(all.find(({ session_id: id }) => id === codex)?.transcript, 30);

  const found = await listed(cli, "--list");
  assert.deepEqual(
    found.map((one) => [one.agent, one.session_id, one.names]),
    [
      ["claude", newest, []],
      ["codex", codex, []],
      ["claude", oldest, []],
    ],
  );
  const words = found.at(-1)?.first_prompt ?? "";
  assert.match(words, /^#fake \{\} the oldest one \[31m x+ \[…\]$/);
  assert.ok(words.length <= 200);
  const cut = await must(cli, "adopt", "--limit", "1", "--agent", "claude");
  assert.deepEqual([cut.count, cut.has_more], [1, true]);

  assert.equal((await must(cli, "adopt", "x", "--latest")).session_id, newest);
  const second = await cli.here(["adopt", "y", "--latest"]);
  assert.equal(second.stderr, `"y" points at codex ${codex}, which began with: #fake {} of codex\n`);
  const by = await must(cli, "adopt", "z", oldest);
  assert.deepEqual(
    [by.agent, by.also_named, by.began_in, by.previous_session_id],
    ["claude", [], workspace, null],
  );
  const [code, error, text] = await fails(cli, "adopt", "more", "--latest");
  assert.deepEqual([code, error], [4, "no_such_conversation"]);
  assert.match(text, /^Claude Code, Codex(, [\w ]+)* and [\w ]+ have no conversation without a name in \S+/);
  const table = (await cli.here(["adopt"])).stdout;
  assert.match(
    table,
    /^LAST USED +AGENT +NAME +SESSION +BEGAN WITH\n.* claude +x .*the newest\n.* codex +y /,
  );

  const sessions = await openSessions({ workspace, env: cli.sandbox.env });
  const third = await sayBare(cli, "claude", "one more");
  assert.equal((await sessions.adopt("lib")).sessionId, third);
  const { conversations, hasMore } = await sessions.conversations({ agent: "codex" });
  assert.deepEqual([conversations.map(({ sessionId }) => sessionId), hasMore], [[codex], false]);
});

test("what is no conversation of this folder is not listed, and nothing big or strange is read", async (t) => {
  const cli = openFakeCli(t);
  const id = await sayBare(cli, "claude", "the one");
  const [real] = await listed(cli);
  const project = dirname(real?.transcript ?? "");
  const uuid = (last: string) => join(project, `d25a595e-22f0-4206-87d8-${last.padStart(12, "0")}.jsonl`);
  const line = (fields: object) =>
    `${JSON.stringify({ type: "user", cwd: cli.sandbox.workspace, message: { role: "user", content: "hi" }, ...fields })}\n`;
  writeFileSync(uuid("1"), line({ isSidechain: true }));
  writeFileSync(join(project, "agent-0123abcd.jsonl"), line({ isSidechain: true }));
  mkdirSync(join(project, id, "subagents"), { recursive: true });
  writeFileSync(join(project, id, "subagents", "d25a595e-22f0-4206-87d8-20cce15c6355.jsonl"), line({}));
  writeFileSync(uuid("2"), "");
  writeFileSync(uuid("3"), "no JSON\n\u0000\n{\n");
  writeFileSync(uuid("4"), line({ cwd: "/somewhere/else" }));
  mkdirSync(uuid("5"));
  await run(["mkfifo", uuid("6")], { cwd: project, env: cli.sandbox.env });
  symlinkSync("/nowhere", uuid("7"));
  // A summary alone, as older versions left them.
  writeFileSync(uuid("8"), '{"type":"summary","summary":"about nothing"}\n');
  const codex = await sayBare(cli, "codex", "of codex");
  const [rollout] = await listed(cli, "--agent", "codex");
  const sub = (rollout?.transcript ?? "").replace(codex, "01a1fd38-053f-7091-8809-4a6d13007cbb");
  const meta = (payload: object) =>
    `${JSON.stringify({ type: "session_meta", payload: { id: "x", cwd: cli.sandbox.workspace, ...payload } })}\n`;
  writeFileSync(sub, meta({ source: { subagent: { thread_spawn: {} } } }));
  writeFileSync(sub.replace("4a6d", "4a6e"), meta({ source: "cli", thread_source: "memory_consolidation" }));
  assert.deepEqual((await listed(cli)).map((one) => one.session_id).sort(), [id, codex].sort());

  // However long a conversation has become, its beginning is all that is read of it.
  writeFileSync(uuid("9"), line({}));
  truncateSync(uuid("9"), 3_000_000_000);
  const big = await listed(cli, "--agent", "claude");
  assert.deepEqual(
    big.map((one) => one.first_prompt),
    ["hi", "#fake {} the one"],
  );
  assert.equal((await must(cli, "adopt", "big", "--latest")).first_prompt, "hi");
  const kept = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "sessions/claude");
  const links = readdirSync(kept, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".jsonl"),
  );
  assert.ok(links.some((name) => statSync(join(kept, name)).ino === statSync(uuid("9")).ino));
});

test("a conversation that is adopted goes on, survives its agent's sweep, and costs what we asked", async (t) => {
  const cli = openFakeCli(t);
  for (const agent of ["claude", "codex"] as const) {
    const id = await sayBare(cli, agent, "one");
    await sayBare(cli, agent, "two", { resume: id });
    const name = `${agent}'s`;
    await must(cli, "adopt", name, id);
    const [{ transcript = "" } = {}] = await listed(cli, "--agent", agent);
    rmSync(transcript);
    const third = await must(cli, "send", name, cli.say({}, "three"));
    assert.deepEqual([third.continuity, third.foreign_bytes], ["restored", 0]);
    assert.match(String(third.text), /prompts: 3/);
    const dollars = (tokens: number) => (agent === "claude" ? (tokens * 4 + 20 * 20) / 1e6 : null);
    const used = (turn: CliResult["json"]) => {
      const { input_tokens, output_tokens, cost_usd } = turn.usage as Usage;
      return [input_tokens, output_tokens, cost_usd];
    };
    assert.deepEqual(used(third), [103, 20, dollars(103)], "what was before is not ours");
    // Somebody goes on without us; that is neither lost nor counted.
    await sayBare(cli, agent, "four", { resume: id });
    const fifth = await must(cli, "send", name, cli.say({}, "five"));
    assert.ok((fifth.foreign_bytes as number) > 0);
    assert.deepEqual(used(fifth), [105, 20, dollars(105)]);
    const { total } = await must(cli, "cost", name);
    assert.deepEqual([(total as Usage).input_tokens, (total as { turns: number }).turns], [208, 2]);
  }
  const id = await sayBare(cli, "claude", "one");
  await must(cli, "adopt", "trunk", id);
  const fork = await must(cli, "fork", "trunk", "branch", cli.say({}, "two"));
  assert.match(String(fork.text), /prompts: 2/);
  assert.equal((fork.usage as Usage).input_tokens, 102, "nor is it the fork's");
  assert.equal((await must(cli, "show", "trunk")).turns, 0);
});

test("what stands in the way of an adoption is said, and nothing is named", async (t) => {
  const cli = openFakeCli(t);
  const { workspace } = cli.sandbox;
  const id = await sayBare(cli, "claude", "one");
  const codex = await sayBare(cli, "codex", "one");
  const unknown = "7ceb00a5-d164-40ab-9be7-cbca52f80ae2";
  await must(cli, "create", "taken");
  const cases: [args: string[], exit: number, code: string, says: RegExp][] = [
    [["x"], 2, "usage", /Which conversation should get the name "x"\?.*--latest/],
    [["--latest"], 2, "usage", /No name/],
    [["x", id, "--latest"], 2, "usage", /not both/],
    [["x", "--list"], 2, "usage", /only lists/],
    [["--all"], 2, "usage", /--all requires --from/],
    [
      ["x", "nope"],
      2,
      "usage",
      /"nope" is not the id of a conversation of Claude Code, Codex, GitHub Copilot.* or .*adopt --list/,
    ],
    [["x", "../../etc/passwd"], 2, "usage", /not the id of/],
    [["x", id.toUpperCase(), "-a", "codex"], 2, "usage", /not the id of a conversation of Codex/],
    [
      ["x", unknown],
      4,
      "no_such_conversation",
      /Claude Code, Codex, GitHub Copilot.* have no conversation 7ceb.*adopt --list/,
    ],
    [["x", id, "-a", "codex"], 4, "no_such_conversation", /Claude Code has it: --agent claude/],
    [["x", "--latest", "-a", "nobody"], 2, "usage", /Unknown agent "nobody"/],
    [["-x", id], 2, "usage", /option/],
    [["a\nb", id], 2, "usage", /control character/],
    [["taken", id], 2, "name_exists", /already exists.*--replace.*restore taken@1/],
    [["taken", codex], 2, "name_exists", /for a conversation of Claude Code.*--agent codex/],
    [["x", id, "-w", "/nowhere"], 2, "folder_missing", /\/nowhere/],
  ];
  for (const [args, exit, code, says] of cases) {
    const [found, error, text] = await fails(cli, "adopt", ...args);
    assert.deepEqual([found, error], [exit, code], `${args.join(" ")}: ${text}`);
    assert.match(text, says);
  }
  assert.equal((await must(cli, "list")).count, 1);

  const { session_id: before } = await must(cli, "show", "taken");
  const replaced = await must(cli, "adopt", "taken", id, "--replace");
  assert.deepEqual([replaced.session_id, replaced.previous_session_id], [id, before]);
  assert.equal((await must(cli, "restore", "taken@1")).session_id, before, "nothing overwritten is lost");
  await must(cli, "adopt", "taken", id, "--replace");
  const again = await cli.here(["adopt", "second", id]);
  assert.match(again.stderr, /Its other names: "taken"\.\n$/);
  assert.deepEqual((await must(cli, "adopt", "third", id)).also_named, [
    { name: "taken", workspace },
    { name: "second", workspace },
  ]);
  const other = cli.sandbox.addWorkspace("other");
  const elsewhere = await must(cli, "adopt", "far", id, "-w", other);
  assert.equal(elsewhere.began_in, workspace);
  const said = await cli.here(["adopt", "farther", id, "-w", other]);
  assert.match(
    said.stderr,
    new RegExp(`\nIt began in ${workspace}; turns of this name now run in ${other}\\.\n`),
  );
  assert.match(
    said.stderr,
    new RegExp(`Its other names: "far", "taken" in ${workspace}, "second" in ${workspace}`),
  );
  await must(cli, "adopt", "taken", codex, "--agent", "codex");
  assert.equal((await fails(cli, "send", "taken", "hi"))[1], "ambiguous_name");
});

test("a name that another tool has spelt in another normal form is found, and is what adopt --replace tells", async (t) => {
  const cli = openFakeCli(t);
  const [typed, spelt] = ["caf\u00e9", "cafe\u0301"];
  const [x, other] = [await must(cli, "create", "plain"), await must(cli, "create", "other")];
  const root = join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
  const view = join(root, readdirSync(root)[0] ?? "", "claude-code-alias-mapping.json");
  writeFileSync(view, readFileSync(view, "utf8").replace('"plain"', JSON.stringify(spelt)));
  for (const name of [typed, spelt]) assert.equal((await must(cli, "show", name)).session_id, x.session_id);
  assert.equal((await fails(cli, "create", typed))[1], "name_exists");
  const adopted = await must(cli, "adopt", typed, String(other.session_id), "--replace");
  assert.deepEqual([adopted.name, adopted.previous_session_id], [spelt, x.session_id]);
  assert.deepEqual(adopted.also_named, [{ name: "other", workspace: cli.sandbox.workspace }]);
  for (const name of [typed, spelt])
    assert.equal((await must(cli, "show", name)).session_id, other.session_id);
  assert.equal((await must(cli, "remove", typed)).name, spelt);
});

test("of many who adopt under one name at once, one does", async (t) => {
  const cli = openFakeCli(t);
  const ids = [await sayBare(cli, "claude", "one"), await sayBare(cli, "claude", "two")];
  const racers = [0, 1, 0, 1, 0, 1].map((at) => cli.here(["adopt", "x", ids[at] ?? "", "--json"]));
  const results = await Promise.all(racers);
  const winners = results.filter(({ code }) => code === 0);
  assert.equal(winners.length, 1);
  assert.deepEqual(new Set(results.map(({ json }) => json.error?.code)), new Set([undefined, "name_exists"]));
  assert.equal((await must(cli, "show", "x")).session_id, winners[0]?.json.session_id);
});

test("a conversation that is at work can be adopted, and one that a create is about to name is no newest", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const sending = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "on")]);
  const creating = cli.start(["create", "new", cli.say({ noStart: true, waitForFile: gate }, "begin")]);
  await until(() => cli.records().length === 2, { what: "the start of both agents" });
  assert.equal((await must(cli, "adopt", "y", String(id))).session_id, id);
  assert.equal((await fails(cli, "adopt", "z", "--latest"))[1], "no_such_conversation");
  assert.equal((await fails(cli, "adopt", "new", String(id)))[1], "busy", "the name is being created");
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await sending.result).stdout).outcome, "succeeded");
  assert.equal((await creating.result).code, 0);
  assert.equal((await must(cli, "show", "y")).turns, 2);
});
