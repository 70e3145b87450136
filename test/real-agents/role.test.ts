import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { realAgents } from "../support/loopback/real-agents.ts";

interface RoleCli extends RealCli {
  /** Writes a role that can be told from others in what the model gets. */
  roleFile(word: string): string;
  /** Runs a turn that has to succeed, and returns the words of the roles in its last request. */
  rolesOf(...args: string[]): Promise<string[]>;
}

async function openRoleCli(t: TestContext): Promise<RoleCli> {
  const cli = await openRealCli(t);
  return {
    ...cli,
    roleFile: (word) => {
      const path = join(cli.sandbox.folder, `${word}.md`);
      writeFileSync(path, `You are role-${word}.\n`);
      return path;
    },
    rolesOf: async (...args) => {
      const result = await cli.run([...args, "--json"]);
      assert.equal(result.json.outcome, "succeeded", result.stdout);
      const body = JSON.stringify(cli.model.requests().at(-1)?.body);
      return [...new Set([...body.matchAll(/You are role-(\w+)/g)].map(([, word = ""]) => word))];
    },
  };
}

const { claude, earlierClaude } = realAgents();

for (const [version, file] of [
  ["2.1.332", claude],
  ["2.1.197", earlierClaude],
] as const) {
  test(`claude ${version}: a role holds on every turn and after a compaction, and can be changed`, async (t) => {
    const cli = await openRoleCli(t);
    const agent = ["--agent-cmd", file];
    const turn = (...args: string[]) => cli.rolesOf(...args, ...agent);
    assert.deepEqual(await turn("create", "x", "--role", cli.roleFile("first"), "one"), ["first"]);
    assert.deepEqual(await turn("send", "x", "two"), ["first"]);

    const set = await cli.run(["role", "set", "x", cli.roleFile("second"), "--json"]);
    assert.deepEqual(
      [set.code, set.json.role, set.json.previous_role],
      [0, "You are role-second.\n", "You are role-first.\n"],
    );
    assert.deepEqual(await turn("send", "x", "three"), ["second"], "from the next turn on");
    assert.deepEqual(await turn("send", "x", "four"), ["second"], "and for good");
    assert.deepEqual(await turn("fork", "x", "y", "five"), ["second"], "in a fork, too");
    assert.deepEqual(await turn("send", "y", "six"), ["second"]);

    assert.deepEqual(await turn("send", "x", "/compact"), ["second"]);
    assert.deepEqual(await turn("send", "x", "seven"), ["second"]);
    assert.ok(!cli.lastPrompts().includes("one"), "it was compacted");

    const shown = await cli.run(["role", "show", "x"]);
    assert.deepEqual([shown.code, shown.stdout, shown.stderr], [0, "You are role-second.\n", ""]);
    assert.equal((await cli.run(["role", "set", "x", "--none"])).code, 0);
    assert.deepEqual(await turn("send", "x", "eight"), []);
    assert.equal((await cli.run(["role", "show", "x", "--json"])).json.role, null);
  });
}

test("codex: a role holds on every turn, in a fork and after a compaction; it can't be changed", async (t) => {
  const cli = await openRoleCli(t);
  const begin = ["create", "x", "-a", "codex", "--role", cli.roleFile("first")];
  assert.deepEqual(await cli.rolesOf(...begin, "one"), ["first"]);
  assert.deepEqual(await cli.rolesOf("send", "x", "two"), ["first"]);
  assert.deepEqual(await cli.rolesOf("fork", "x", "y", "three"), ["first"]);
  const soon = ["--agent-arg", "-c", "--agent-arg", "model_auto_compact_token_limit=50"];
  assert.deepEqual(await cli.rolesOf("send", "x", ...soon, "four"), ["first"]);
  const summaries = cli.model
    .requests()
    .filter(({ messages }) => /CHECKPOINT COMPACTION/i.test(messages.at(-1)?.text ?? ""));
  assert.equal(summaries.length, 1, "it was compacted");
  assert.deepEqual(await cli.rolesOf("send", "x", "five"), ["first"]);

  const refused = await cli.run(["role", "set", "x", cli.roleFile("second"), "--json"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [2, "unsupported"]);
  assert.equal((await cli.run(["role", "show", "x"])).stdout, "You are role-first.\n");
});

test("what makes no role is refused, and the role stays", async (t) => {
  const cli = await openRoleCli(t);
  await cli.run(["create", "x", "--role", cli.roleFile("first"), "one"]);
  const empty = join(cli.sandbox.folder, "empty.md");
  writeFileSync(empty, " \n");
  for (const [args, says] of [
    [["x", empty], /empty/],
    [["x"], /--none/],
    [["x", empty, "--none"], /--none/],
    [["x", "/nowhere/role.md"], /does not exist/],
  ] as const) {
    const { code, json } = await cli.run(["role", "set", ...args, "--json"]);
    assert.deepEqual([code, json.error?.code], [2, "usage"]);
    assert.match(json.error?.message ?? "", says);
  }
  assert.equal((await cli.run(["role", "set", "nobody", empty])).code, 4);
  assert.equal((await cli.run(["role", "show", "x"])).stdout, "You are role-first.\n");
});
