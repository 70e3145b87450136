// Finding what was said, with the fake agent; how words are matched is in test/domain/search.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { openSessions } from "../../src/index.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { sayBare } from "../support/cli/bare-agent.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { fakeEnvironment } from "../support/fake-agent/script.ts";

interface Hit {
  name: string | null;
  is_removed: boolean;
  agent: string;
  workspace: string;
  session_id: string;
  turn_id: string | null;
  at: string;
  outcome: string | null;
  said_in: string;
  snippet: string;
  marks: { start: number; end: number }[];
  next: string;
}

async function find(cli: FakeCli, ...args: string[]): Promise<Hit[]> {
  const { code, json, stderr } = await cli.here(["search", "--json", ...args]);
  assert.equal(code, 0, stderr);
  assert.equal(json.type, "agent_sessions.search");
  return json.hits as Hit[];
}

async function namesOf(cli: FakeCli, ...args: string[]): Promise<(string | null)[]> {
  return (await find(cli, ...args)).map(({ name }) => name);
}

const marked = ({ snippet, marks }: Hit) => marks.map(({ start, end }) => snippet.slice(start, end));

/** Runs a command that has to succeed; `text` is what the agent answers. */
async function must(cli: FakeCli, args: string[], text = "OK", cwd?: string): Promise<void> {
  const env = fakeEnvironment({ text });
  const { code, stderr } = await cli.run(args, cwd === undefined ? { env } : { env, cwd });
  assert.equal(code, 0, stderr);
}

test("a turn is found by its prompt and its answer, with what continues it", async (t) => {
  const cli = openFakeCli(t);
  const { workspace, folder } = cli.sandbox;
  const other = join(folder, "other");
  mkdirSync(other);
  await must(cli, ["create", "bills", "How do we ROUND?"], "Wir runden: Überläufe, half\nup.");
  await must(cli, ["send", "bills", "丸\nめ誤差"], 'It says {"error": 1} at C:\\tmp.');
  await must(cli, ["create", "codes", "--agent", "codex", "And codex?"], "They round, too.", other);

  const [newest, oldest] = await find(cli, "round");
  assert.ok(newest !== undefined && oldest !== undefined);
  assert.deepEqual(
    [newest.name, newest.agent, newest.workspace, newest.said_in, newest.outcome],
    ["codes", "codex", other, "answer", "succeeded"],
  );
  assert.deepEqual([oldest.name, oldest.said_in, marked(oldest)], ["bills", "prompt", ["ROUND"]]);
  assert.ok(newest.at > oldest.at, "the newest first");
  const { json } = await cli.here(["history", "bills", "--json"]);
  const [first] = json.turns as { turn_id: string }[];
  assert.equal(oldest.turn_id, first?.turn_id);
  assert.equal(oldest.next, "agent-sessions send bills '…'", "in this folder");
  assert.equal(newest.next, `agent-sessions send codes --workspace ${other} '…'`);

  for (const [words, marks] of [
    [["überläufe"], ["Überläufe"]],
    [["u\u0308berla\u0308ufe"], ["Überläufe"]],
    [["丸め"], ["丸 め"]],
    [['"error": 1'], ['"error": 1']],
    [["c:\\TMP"], ["C:\\tmp"]],
    [["half up"], ["half up"]],
    [
      ["wir", "UP"],
      ["Wir", "up"],
    ],
  ] as const) {
    const hits = await find(cli, ...words);
    assert.deepEqual(hits.map(marked), [marks], words.join(" "));
  }
  for (const words of [["nup"], ["half", "down"], ["session_id"], ["succeeded"], ["text"], ["\\n"]])
    assert.deepEqual(await find(cli, ...words), [], `${words.join(" ")} was not said`);

  assert.deepEqual(await namesOf(cli, "round", "--agent", "codex"), ["codes"]);
  assert.deepEqual(await namesOf(cli, "round", "--workspace", workspace), ["bills"]);
  assert.deepEqual(await namesOf(cli, "round", "--since", "2999-01-01"), []);
  assert.deepEqual(await namesOf(cli, "round", "--since", "1h"), ["codes", "bills"]);
  const limited = await cli.here(["search", "--json", "round", "--limit", "1"]);
  assert.deepEqual([(limited.json.hits as Hit[]).length, limited.json.has_more], [1, true]);

  const sessions = await openSessions({ workspace, env: cli.sandbox.with({}) });
  const { hits, hasMore } = await sessions.search(["round"], { everywhere: true });
  assert.deepEqual([hits.map(({ name }) => name), hasMore], [["codes", "bills"], false]);
  assert.equal((await sessions.search(["round"])).hits[0]?.next, '(await sessions.get("bills")).send("…")');
  await assert.rejects(sessions.search([" "]), { code: "usage" });
  await assert.rejects(sessions.search("round" as never), /The words are "round"; they must be a list/);
});

test("a hit says where its name is now: renamed, cleared, replaced, removed, or of two agents", async (t) => {
  const cli = openFakeCli(t);
  for (const name of ["renamed", "cleared", "replaced", "removed", "twice"])
    await must(cli, ["create", name, "hi"], `zanzibar of ${name}`);
  await must(cli, ["create", "twice", "--agent", "codex", "hi"]);
  await must(cli, ["rename", "renamed", "newer"]);
  await must(cli, ["send", "cleared", "/clear"]);
  await must(cli, ["send", "cleared", "hi again"]);
  await must(cli, ["create", "replaced", "--replace", "hi"]);
  await must(cli, ["remove", "removed"]);

  const found = await find(cli, "zanzibar");
  const about = new Map(found.map((hit) => [/of (\w+)/.exec(hit.snippet)?.[1], hit]));
  const facts = (what: string) => {
    const { name, is_removed, next, session_id } = about.get(what) ?? assert.fail(what);
    return [name, is_removed, next.replace(session_id, "ID")];
  };
  assert.deepEqual(facts("renamed"), ["newer", false, "agent-sessions send newer '…'"]);
  assert.deepEqual(facts("cleared"), ["cleared", false, "agent-sessions send cleared '…'"]);
  assert.deepEqual(facts("removed"), ["removed", true, "agent-sessions restore removed --agent claude"]);
  assert.deepEqual(facts("twice"), ["twice", false, "agent-sessions send twice --agent claude '…'"]);
  // Its name leads to another conversation now.
  assert.deepEqual(facts("replaced"), ["replaced", true, "agent-sessions adopt NAME ID --agent claude"]);

  await must(cli, ["restore", "removed", "--agent", "claude"]);
  assert.equal((await find(cli, "zanzibar of removed"))[0]?.is_removed, false, "its command works");
  const adopt = about.get("replaced")?.next.replace("NAME", "again").split(" ").slice(1) ?? [];
  await must(cli, adopt);
  assert.deepEqual(await namesOf(cli, "zanzibar of replaced"), ["again"]);
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

test("at a terminal, the words are marked, and nothing that an agent has said can act on it", async (t) => {
  const cli = openFakeCli(t);
  const evil = "\u001b]0;owned\u0007zanzi\u001b[2Jbar zanzibar\u001b[31m \u202egpj\u009b5n";
  await must(cli, ["create", "x", "hi"], evil);
  const command = quoteWords(cli.argv(["search", "zanzibar"]));
  const { stdout } = await end(atTerminal(cli, command));
  const plain = stdout
    .replaceAll("\r", "")
    .replaceAll("\u001b[1m\u001b[33mzanzibar\u001b[39m\u001b[22m", "<zanzibar>");
  assert.match(plain, /<zanzibar>/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are our own
  assert.doesNotMatch(plain.replace(/\u001b\[(?:1|2|22)m/g, ""), CONTROL);
  assert.match(plain, /\\u001b/, "it is shown as what it is");
  const { stdout: line } = await cli.here(["search", "--json", "zanzibar"]);
  assert.doesNotMatch(line.trimEnd().replaceAll("\u202e", ""), CONTROL);
  const none = await cli.here(["search", "nowhere-to-be-found"]);
  assert.deepEqual([none.code, none.stdout], [0, ""]);
  assert.match(none.stderr, /No turn has all of these words\. --unnamed/);
});

test("what can't be read is left out, and said", async (t) => {
  const cli = openFakeCli(t);
  for (const name of ["good", "newer", "torn"]) await must(cli, ["create", name, name], "zanzibar");
  const root = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "sessions/claude");
  const journalOf = async (name: string) => {
    const [hit] = (await find(cli, "zanzibar")).filter((one) => one.name === name);
    const folders = readdirSync(root);
    const found = folders.find((folder) =>
      readFileSync(join(root, folder, "record.json"), "utf8").includes(hit?.session_id ?? "?"),
    );
    return join(root, found ?? "", "journal.jsonl");
  };
  const [newer, torn] = [await journalOf("newer"), await journalOf("torn")];
  writeFileSync(newer, '{"v":2,"kind":"journal"}\n{"zanzibar":1}\n');
  appendFileSync(torn, '{"turnId":"t","text":"zanzi');
  writeFileSync(join(root, "stray"), "");
  const { json, stderr } = await cli.here(["search", "--json", "zanzibar"]);
  assert.deepEqual((json.hits as Hit[]).map(({ name }) => name).toSorted(), ["good", "torn"]);
  assert.match(stderr, /Some turns are not searched\. .*has format 2/);
});

test("conversations without a name are found in the agents' transcripts, by what was said alone", async (t) => {
  const cli = openFakeCli(t);
  await sayBare(cli, "claude", "zanzibar?", { script: { text: "We round half up." } });
  await must(cli, ["create", "named", "hi"], "named zanzibar");
  const [hit, ...others] = await find(cli, "--unnamed", "zanzibar", "round");
  assert.ok(hit !== undefined);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [hit.name, hit.turn_id, hit.agent, hit.workspace],
    [null, null, "claude", cli.sandbox.workspace],
  );
  assert.equal(hit.next, `agent-sessions adopt NAME ${hit.session_id} --agent claude`);
  assert.deepEqual(await find(cli, "--unnamed", "named"), [], "a conversation with a name is not among them");
  assert.deepEqual(await find(cli, "--unnamed", "parentUuid"), [], "nor what the agent writes for itself");
  assert.deepEqual(await find(cli, "--unnamed", "zanzibar", "--agent", "codex"), []);
  const { json } = await cli.here(["search", "--unnamed", "x", "--agent", "gemini", "--json"]);
  assert.equal(json.error?.code, "unsupported");
  await must(cli, hit.next.replace("NAME", "mine").split(" ").slice(1));
  assert.deepEqual(await find(cli, "--unnamed", "zanzibar", "round"), [], "now it has a name");
});
