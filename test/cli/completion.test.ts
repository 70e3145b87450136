import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { agents } from "../../src/agents/index.ts";
import { bashReply, readBashLine } from "../../src/cli/complete/bash-line.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { run } from "../support/run.ts";

/** As bash sets COMP_WORDBREAKS. */
const BREAKS = " \t\n\"'@><=;|&(:";

interface Completed {
  words: string[];
  about: string[];
}

/** Completes in this process, and checks that nothing else is said. */
async function complete(cli: FakeCli, words: readonly string[], env = {}, cwd?: string): Promise<Completed> {
  const { code, stdout, stderr } = await cli.here(["__complete", "--", ...words], {
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  assert.deepEqual([code, stderr], [0, ""], words.join(" "));
  const lines = stdout.split("\n").slice(0, -1);
  return {
    words: lines.map((line) => line.split("\t")[0] ?? ""),
    about: lines.map((line) => line.split("\t")[1] ?? ""),
  };
}

async function must(cli: FakeCli, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, json, stdout, stderr } = await cli.here([...args, "--json"]);
  assert.equal(code, 0, stdout + stderr);
  return json;
}

/** Everything below a folder but compiled code, with what changes when it is written. */
function stateOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.includes(".cache"))
    .sort()
    .map((path) => {
      const { size, mtimeMs, ino } = statSync(join(folder, path));
      return `${path} ${size} ${mtimeMs} ${ino}`;
    });
}

test("verbs, options and closed sets come from the commands themselves", async (t) => {
  const cli = openFakeCli(t);
  const words = async (...typed: string[]) => (await complete(cli, typed)).words;
  const verbs = await words("");
  for (const verb of ["create", "send", "list", "completion", "help"]) assert.ok(verbs.includes(verb), verb);
  for (const hidden of ["__complete", "attend-turn", "keep-turns"])
    assert.ok(!verbs.includes(hidden), hidden);
  const { stdout: help } = await cli.here(["--help"]);
  for (const verb of verbs) assert.match(help, new RegExp(`^  ${verb}\\b`, "m"));
  assert.deepEqual(await words("help", ""), verbs);
  assert.deepEqual((await words("role", "")).slice(0, 2), ["show", "set"]);
  assert.deepEqual((await words("gate", "")).slice(0, 3), ["approve", "refuse", "list"]);
  assert.deepEqual((await words("gate", "-")).slice(0, 1), ["--shows"]);
  assert.deepEqual((await words("-")).slice(0, 1), ["--version"]);
  const { stdout: sendHelp } = await cli.here(["send", "--help"]);
  const options = await words("send", "-");
  for (const [, option = ""] of sendHelp.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm))
    assert.ok(options.includes(option), option);
  assert.ok(!(await words("send", "--retry", "-")).includes("--retry"), "a flag is given once");
  assert.deepEqual(await words("list", "--sort", ""), ["used", "name", "created"]);
  assert.deepEqual(await words("list", "--sort=n"), ["--sort=used", "--sort=name", "--sort=created"]);
  assert.deepEqual(await words("ls", "-a", ""), Object.keys(agents));
  assert.deepEqual(await words("list", "-qa", ""), Object.keys(agents));
  assert.deepEqual(await words("completion", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(await words("send", "--", "-"), []);
  assert.deepEqual(await words("create", ""), [], "a new name");
  for (const nothing of [
    ["nope", ""],
    ["send", "x", "y", ""],
    ["role", "nope", ""],
    ["--version", ""],
    ["gc", "x", "y", ""],
  ])
    assert.deepEqual(await words(...nothing), [], nothing.join(" "));
  for (const [option, paths] of [
    ["--workspace", "folders"],
    ["--prompt-file", "files"],
  ] as const)
    assert.equal((await cli.here(["__complete", "--", "send", "x", option, ""])).stdout, `\t${paths}\n`);
  assert.ok(!existsSync(cli.sandbox.env.AGENT_SESSIONS_HOME ?? ""), "no state home was made");
});

test("names, removed names, turns and models are those of the place that was typed, and nothing is changed", async (t) => {
  const cli = openFakeCli(t);
  const there = cli.sandbox.addWorkspace("there");
  const sub = join(cli.sandbox.workspace, "sub");
  mkdirSync(sub);
  const words = async (...typed: string[]) => (await complete(cli, typed)).words;
  await must(cli, "create", "review-src", "-m", "opus-9");
  await must(cli, "create", "my name", "-a", "codex");
  await must(cli, "create", "elsewhere", "-w", there);
  await must(cli, "create", "gone");
  const { turn_id: turn } = await must(cli, "send", "review-src", "second\twords");
  await must(cli, "remove", "gone");
  // What another tool has put into the mapping file, which no command has taken over yet.
  const root = join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
  const [mapping = ""] = readdirSync(root, { recursive: true, encoding: "utf8" }).flatMap((path) => {
    const whole = join(root, path);
    return path.endsWith("claude-code-alias-mapping.json") &&
      readFileSync(whole, "utf8").includes("review-src")
      ? whole
      : [];
  });
  const parsed = JSON.parse(readFileSync(mapping, "utf8"));
  // It has named a conversation like an option, and removed the name again.
  parsed.aliases["--all"] = { session_id: "1" };
  writeFileSync(mapping, JSON.stringify(parsed));
  await must(cli, "list");
  delete parsed.aliases["--all"];
  writeFileSync(mapping, JSON.stringify(parsed));
  const { stdout: moves } = await cli.here(["restore", "--list", "--", "--all"]);
  assert.match(moves, /^--all@0 .* nothing$/m);
  for (const name of ["theirs", "a\u001b[31mred", "line\nbreak", "wrong\u202eway", "-dash"])
    parsed.aliases[name] = { session_id: "1", last_model: "m\u001b]0;title\u0007" };
  writeFileSync(mapping, JSON.stringify(parsed));

  const before = stateOf(cli.sandbox.folder);
  const names = await complete(cli, ["show", ""]);
  assert.deepEqual(names.words, ["review-src", "my name", "theirs"]);
  assert.match(names.about[0] ?? "", /^claude, (just now|\d+ s ago)$/);
  assert.deepEqual(await words("show", "--agent", "codex", ""), ["my name"]);
  assert.deepEqual(await words("show", "-w", there, ""), ["elsewhere"]);
  assert.deepEqual(await words("show", `--workspace=${there}`, ""), ["elsewhere"]);
  const below = await complete(cli, ["show", ""], {}, sub);
  assert.deepEqual(below.words, names.words, "from a folder below, as the command itself finds them");
  assert.ok(below.about[0]?.includes(", in /"), below.about[0]);
  assert.deepEqual((await complete(cli, ["show", "--here", ""], {}, sub)).words, []);
  assert.deepEqual(await words("wait", "my name", ""), ["review-src", "theirs"], "each name once");
  assert.deepEqual(await words("fork", ""), names.words);
  assert.deepEqual(await words("fork", "my name", ""), []);
  assert.deepEqual(await words("send", "new", "--fork-from", ""), names.words);
  assert.deepEqual(await words("once", "--keep", ""), []);
  assert.deepEqual(await words("restore", ""), ["gone"]);
  assert.deepEqual(await words("restore", "--list", ""), ["gone", ...names.words]);
  const turns = await complete(cli, ["wait", "review-src", "--turn", ""]);
  assert.deepEqual([turns.words[0], turns.words.length], [turn, 2]);
  assert.match(turns.about[0] ?? "", /^succeeded .*: second words$/);
  assert.deepEqual(await words("send", "x", "-m", ""), ["opus-9"]);
  assert.deepEqual(await words("send", "x", "-a", "codex", "-m", ""), []);
  assert.deepEqual(
    await words("send", "my name", "-e", ""),
    await words("send", "x", "-a", "codex", "-e", ""),
  );
  assert.deepEqual(stateOf(cli.sandbox.folder), before);
});

test("where the state can't be read, or there is none, there are no candidates", async (t) => {
  const cli = openFakeCli(t);
  await must(cli, "create", "x");
  const state = cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
  const names = async (env = {}) => (await complete(cli, ["show", ""], env)).words;
  assert.deepEqual(await names(), ["x"]);
  assert.deepEqual(await names({ AGENT_SESSIONS_HOME: "relative" }), []);
  assert.deepEqual(await names({ AGENT_SESSIONS_HOME: join(state, "nowhere") }), []);
  assert.deepEqual((await complete(cli, ["show", "-a", "nobody", ""])).words, []);
  chmodSync(state, 0o777);
  assert.deepEqual(await names(), [], "others could have written there");
  chmodSync(state, 0o700);
  const [log = ""] = readdirSync(join(state, "names"));
  rmSync(join(state, "names", log, "log.jsonl"));
  mkdirSync(join(state, "names", log, "log.jsonl"));
  assert.deepEqual(await names(), []);
  assert.ok((await complete(cli, [""])).words.includes("send"));
});

test("at a Tab in a folder that is gone nothing is said either", async (t) => {
  const cli = openFakeCli(t);
  const gone = join(cli.sandbox.folder, "gone");
  mkdirSync(gone);
  const words = `rmdir ${gone}; exec ${cli
    .argv(["__complete", "--", "show", ""])
    .map((word) => `'${word}'`)
    .join(" ")}`;
  const { code, stdout, stderr } = await run(["sh", "-c", words], { cwd: gone, env: cli.sandbox.env });
  assert.deepEqual([code, stdout, stderr], [0, "", ""]);
});

test("for bash, what is inserted makes the word that was meant, whatever was typed before", () => {
  const typed = fc.tuple(fc.constantFrom("", "'", '"'), fc.nat(8));
  const name = fc.string({
    unit: fc.constantFrom(..."ab :=@'\"\\$`!*~<>#\u6f22"),
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(name, typed, (meant, [quote, length]) => {
      const start = [...meant].slice(0, length).join("");
      // bash would read it as a part of its history, and has no way to escape it there.
      if (quote === '"' && meant.includes("!")) {
        const line = readBashLine(
          `agent-sessions show "${meant.split("!", 1)[0]?.replaceAll(/["$`\\]/g, "\\$&")}`,
          BREAKS,
        );
        assert.equal(bashReply(line, meant), undefined);
        return;
      }
      const before = `agent-sessions show ${quote}`;
      const { words } = readBashLine(before, BREAKS);
      const raw = bashReply({ words, kept: "", quote, isRedirected: false }, start) ?? "";
      const line = readBashLine(before + raw, BREAKS);
      assert.equal(line.words.at(-1), start);
      const inserted = bashReply(line, meant);
      assert.ok(inserted !== undefined);
      const keptRaw = (before + raw).slice(0, keptLength(before + raw, line));
      assert.deepEqual(readBashLine(`${keptRaw}${inserted}${quote} `, BREAKS).words.slice(1), [meant, ""]);
    }),
  );
});

/** Where bash puts what is inserted: behind the last break without quotes, or behind the quote that is open. */
function keptLength(line: string, { quote }: { quote: string }): number {
  if (quote === "'") return line.lastIndexOf("'") + 1;
  if (quote !== "") return "agent-sessions show ".length + 1;
  for (let at = line.length; at > 0; at -= 1) {
    const isQuoted = /(?:^|[^\\])(?:\\\\)*\\$/.test(line.slice(0, at - 1));
    if (BREAKS.includes(line[at - 1] ?? "") && !isQuoted) return at;
  }
  return 0;
}

test("in bash a redirection is a file, and names are not", async (t) => {
  const cli = openFakeCli(t);
  const bash = async (line: string) => (await cli.here(["__complete", "bash", BREAKS, "--", line])).stdout;
  assert.equal(await bash("agent-sessions send x - < "), "\tfiles\n");
  assert.equal(await bash("agent-sessions list --sort=c"), "created\n");
  assert.equal(await bash("tbc 2>/dev/null lis"), "list\n");
  assert.equal(await bash("agent-sessions list -w /"), "\tfolders\n");
});

test("completion prints a script for each shell, also as JSON", async (t) => {
  const cli = openFakeCli(t);
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await cli.here(["completion", shell]);
    assert.equal(code, 0);
    assert.match(stdout, /agent-sessions __complete/);
    assert.match(stdout, /\btbc\b/);
    assert.equal((await must(cli, "completion", shell)).script, stdout);
  }
});
