import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";

/** Wrappers in the workspace that note each run, and a PATH on which there is no other agent. */
function openWrapped(t: TestContext) {
  const cli = openFakeCli(t);
  const { workspace } = cli.sandbox;
  const wrapper = (name: string) => {
    writeFileSync(
      join(workspace, name),
      `#!/bin/sh\necho "$*" >> '${join(workspace, `${name}.runs`)}'\nexec '${FAKE_AGENT}' "$@"\n`,
    );
    chmodSync(join(workspace, name), 0o700);
    return `./${name}`;
  };
  return {
    ...cli,
    wrapper,
    /** The command line of the last run, and how many there were. */
    runs: (name: string) => {
      const file = join(workspace, `${name}.runs`);
      const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
      return { count: lines.length, last: lines.at(-1) ?? "" };
    },
    turn: async (...args: string[]) => {
      const result = await cli.here([...args, "--json"], { plain: true });
      assert.equal(result.code, 0, `${args.join(" ")}: ${result.stdout}`);
      return result.json;
    },
  };
}

test("a name keeps the wrapper and the arguments of its last turn that succeeded, wherever it goes", async (t) => {
  const cli = openWrapped(t);
  const { turn, runs, sandbox } = cli;
  const mine = cli.wrapper("mine");
  await turn("create", "x", "--agent-cmd", `${mine} --profile work`, "--agent-arg", "--one", "hi");
  const { agent_command: command, agent_args: args } = await turn("show", "x");
  assert.deepEqual([command, args], [`${join(sandbox.workspace, "mine")} --profile work`, ["--one"]]);
  const shown = await cli.here(["show", "x"]);
  assert.match(shown.stdout, /agent-cmd +\/.*mine --profile work\n +agent-arg +--one\n/);
  assert.match(shown.stdout, /\n +open +agent-sessions open x\n/);

  const below = join(sandbox.workspace, "below");
  mkdirSync(below);
  const sent = await cli.here(["send", "x", "-w", "..", "again"], { plain: true, cwd: below });
  assert.equal(sent.code, 0, sent.stderr);
  assert.match(runs("mine").last, /^--profile work .*--one/);
  await turn("send", "x", "--agent-arg", "--two", "replaced, not added");
  assert.doesNotMatch(runs("mine").last, /--one/);
  assert.match(runs("mine").last, /--two/);
  const { turn_id: id } = await turn("send", "x", "--detach", "in the background");
  await turn("wait", "x", "--turn", String(id));
  await turn("fork", "x", "y", "a fork");
  await turn("rename", "y", "z");
  await turn("send", "z", "renamed");
  await turn("remove", "z");
  await turn("restore", "z");
  await turn("send", "z", "restored");
  assert.equal(runs("mine").count, 7, "each of them ran in it");
  assert.match(runs("mine").last, /^--profile work .*--two/);

  const other = cli.wrapper("other");
  const failing = cli.say({ isError: true, text: "no" }, "fails");
  assert.equal((await cli.here(["send", "x", "--agent-cmd", other, failing], { plain: true })).code, 3);
  await turn("send", "x", "a wrapper that failed is not remembered");
  assert.deepEqual([runs("other").count, runs("mine").count], [1, 8]);
  await turn("send", "x", "--agent-cmd", other, "--agent-arg", "", "another one, and no argument");
  await turn("send", "x", "goes on so");
  assert.deepEqual([runs("other").count, runs("mine").count], [3, 8]);
  assert.doesNotMatch(runs("other").last, /--two/);
  assert.deepEqual((await turn("show", "x")).agent_args, []);

  const plain = await cli.here(["send", "x", "--agent-cmd", "", "--json", "itself"], {
    plain: true,
    env: { PATH: `${binWithClaude(sandbox.folder)}:${process.env.PATH}` },
  });
  assert.equal(plain.code, 0, plain.stdout);
  assert.equal((await turn("show", "x")).agent_command, null);
  assert.deepEqual((await turn("show", "z")).agent_args, ["--two"], "a fork goes its own way");
});

test("a name that adopt --replace points at another conversation keeps what it remembers", async (t) => {
  const { turn, runs, wrapper } = openWrapped(t);
  const words = ["--agent-cmd", wrapper("mine"), "--agent-arg", "--one", "-m", "small", "--effort", "low"];
  await turn("create", "x", ...words, "hi");
  const { session_id: other } = await turn("create", "y", "--agent-cmd", wrapper("other"), "hi");
  const remembered = async (name: string) => {
    const { agent_command: command, agent_args: args, model, effort } = await turn("show", name);
    return { command, args, model, effort };
  };
  const before = await remembered("x");
  await turn("adopt", "x", String(other), "--replace");
  await turn("adopt", "x", String(other), "--replace");
  assert.deepEqual(await remembered("x"), before);
  await turn("send", "x", "goes on in it");
  assert.match(runs("mine").last, new RegExp(`--one.*${other}|${other}.*--one`));
  await turn("adopt", "z", String(other));
  const nothing = { command: null, args: [], model: null, effort: null };
  assert.deepEqual(await remembered("z"), nothing, "a new name has no memory");
});

/** A folder in which `claude` is the fake agent. */
function binWithClaude(folder: string): string {
  const bin = join(folder, "bin-of-claude");
  mkdirSync(bin);
  writeFileSync(join(bin, "claude"), `#!/bin/sh\nexec '${FAKE_AGENT}' "$@"\n`);
  chmodSync(join(bin, "claude"), 0o700);
  return bin;
}

test("an effort that the agent does not know is refused before anything starts", async (t) => {
  const { run, records, say } = openFakeCli(t);
  assert.equal((await run(["create", "x", say({}, "hi")])).code, 0);
  for (const verb of [
    ["send", "x"],
    ["send", "x", "--detach"],
    ["create", "y"],
    ["fork", "x", "y"],
    ["once"],
  ]) {
    const { code, json } = await run([...verb, "--effort", "huge", "--json", say({}, "hi")]);
    const { message, hint } = json.error ?? assert.fail(verb.join(" "));
    assert.deepEqual([code, json.error?.code], [2, "usage"]);
    assert.equal(message, 'Claude Code does not support the effort "huge".');
    assert.equal(hint, "Give one of: low, medium, high, xhigh, max.");
  }
  assert.equal(records().length, 1);
  assert.equal((await run(["list", "--json"])).json.count, 1);
});

test("an effort that an earlier version remembered is told of, not used, and can be replaced", async (t) => {
  const { run, records, say, sandbox } = openFakeCli(t);
  assert.equal((await run(["create", "x", "--effort", "max", say({}, "hi")])).code, 0);
  const names = join(sandbox.env.AGENT_SESSIONS_HOME ?? "", "names");
  for (const file of logsBelow(names))
    writeFileSync(file, readFileSync(file, "utf8").replaceAll('"lastEffort":"max"', '"lastEffort":"huge"'));
  const sent = await run(["send", "x", "--json", say({}, "again")]);
  assert.deepEqual([sent.code, sent.json.effort], [0, null], sent.stdout);
  assert.match((await run(["show", "x"])).stdout, /effort +huge \(ignored: the agent does not support it\)/);
  const told = await run(["send", "x", say({}, "again")]);
  assert.match(
    told.stderr,
    /"x" remembers the effort "huge", which Claude Code does not support.*another one: low, medium/,
  );
  assert.ok(!records().at(-1)?.argv.includes("huge"));
  await run(["send", "x", "--effort", "low", say({}, "again")]);
  const healed = await run(["send", "x", say({}, "again")]);
  assert.deepEqual([healed.stderr, records().at(-1)?.argv.includes("low")], ["", true]);
});

function logsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => join(folder, file))
    .filter((file) => statSync(file).isFile());
}
