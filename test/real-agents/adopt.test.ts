// Conversations that were begun without us: what counts is what the model received.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { type Json, openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { run } from "../support/run.ts";

interface Used {
  input_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
}

/** Has the bare agent say something in the workspace; returns the conversation's id. */
async function sayBare(
  cli: RealCli,
  agent: string,
  prompt: string,
  { resume, cwd = cli.workspace }: { resume?: string; cwd?: string } = {},
): Promise<string> {
  const argv =
    agent === "claude"
      ? ["claude", "-p", "--output-format", "json", ...(resume === undefined ? [] : ["--resume", resume])]
      : ["codex", "exec", "--json", ...(resume === undefined ? [] : ["resume", resume]), "-"];
  const { code, stdout, stderr } = await run(argv, { cwd, env: cli.env, input: prompt });
  assert.equal(code, 0, stdout + stderr);
  const first = JSON.parse(stdout.split("\n")[0] ?? "");
  return agent === "claude" ? first.session_id : first.thread_id;
}

for (const agent of ["claude", "codex"]) {
  test(`${agent}: a conversation that was begun without us is named, goes on, and costs what we asked`, async (t) => {
    const cli = await openRealCli(t);
    const must = async (args: string[], cwd?: string): Promise<Json> => {
      const { code, stdout, stderr, json } = await cli.run([...args, "--json"], cwd);
      assert.equal(code, 0, stdout + stderr);
      return json;
    };
    const used = (turn: Json) => {
      const { input_tokens, output_tokens, cost_usd } = turn.usage as unknown as Used;
      return [input_tokens, output_tokens, cost_usd];
    };
    // 4 dollars for a million tokens in and 20 for a million out, as claude counts for this model.
    const price = (tokens: number) => (agent === "claude" ? (tokens * 4 + 20 * 20) / 1e6 : null);

    // A sub-agent's conversation, what `once` asked, and another folder's are not to be listed.
    if (agent === "claude") {
      const task = { description: "d", prompt: "of a sub-agent", subagent_type: "general-purpose" };
      cli.model.when("one", { toolCalls: [{ name: "Task", args: task }], next: "One it is." }, { times: 1 });
    }
    const id = await sayBare(cli, agent, "one");
    await must(["once", "-a", agent, "of once"]);
    const elsewhere = cli.sandbox.addWorkspace("elsewhere");
    await sayBare(cli, agent, "of another folder", { cwd: elsewhere });
    const { conversations } = await must(["adopt", "--list"]);
    const listed = conversations as { session_id: string; first_prompt: string; names: unknown[] }[];
    assert.deepEqual(
      listed.map((one) => [one.session_id, one.first_prompt, one.names]),
      [[id, "one", []]],
    );

    const before = cli.model.requests().length;
    assert.equal((await must(["adopt", "x", "--latest"])).session_id, id);
    const unknown = await cli.run(["adopt", "y", id.replace(/^.{8}/, "00000000"), "--json"]);
    assert.deepEqual([unknown.code, unknown.json.error?.code], [4, "no_such_conversation"]);
    assert.equal(cli.model.requests().length, before, "naming asks nobody");

    const two = await must(["send", "x", "two"]);
    const ofOurs = () => cli.lastPrompts().filter((prompt) => !prompt.startsWith("<task-notification>"));
    assert.deepEqual([two.continuity, ofOurs()], ["native", ["one", "two"]]);
    const asked = cli.model.requests().at(-1)?.usage?.inputTokens ?? 0;
    assert.deepEqual(used(two), [asked, 20, price(asked)], "what was before is not ours");
    // The bare agent goes on, and so do we; that it did is told, and counted as nobody's.
    await sayBare(cli, agent, "three", { resume: id });
    const four = await must(["send", "x", "four"]);
    assert.ok((four.foreign_bytes as number) > 0);
    assert.deepEqual(ofOurs(), ["one", "two", "three", "four"]);
    assert.deepEqual(used(four), [asked + 2, 20, price(asked + 2)]);
    const { total } = (await must(["cost", "x"])) as unknown as { total: Used & { turns: number } };
    assert.deepEqual([total.turns, total.input_tokens, total.output_tokens], [2, 2 * asked + 2, 40]);

    // The folder is moved: bound to its new place, the conversation goes on there.
    const moved = join(cli.sandbox.folder, "moved");
    renameSync(cli.workspace, moved);
    assert.match((await cli.run(["send", "x", "lost"], moved)).stderr, /adopt x --from/);
    const five = await must(["send", "x", "--workspace", moved, "five"], moved);
    assert.deepEqual([five.rebound_from, five.continuity], [cli.workspace, "native"]);
    assert.deepEqual(ofOurs(), ["one", "two", "three", "four", "five"]);
    assert.ok(JSON.stringify(cli.model.requests().at(-1)?.body).includes(moved), "the agent works there");
    assert.deepEqual(used(five), [asked + 3, 20, price(asked + 3)]);

    // Forked before a turn of ours: its history is not the fork's to pay either.
    const trunk = await sayBare(cli, agent, "trunk", { cwd: moved });
    await must(["adopt", "trunk", trunk], moved);
    const fork = await must(["fork", "trunk", "branch", "leaf"], moved);
    assert.deepEqual(
      [cli.lastPrompts(), used(fork)],
      [
        ["trunk", "leaf"],
        [102, 20, price(102)],
      ],
    );
  });

  test(`${agent}: history says how much was said before the adoption, between our turns and before a fork`, async (t) => {
    const cli = await openRealCli(t);
    const must = async (...args: string[]): Promise<Json> => {
      const { code, stdout, stderr, json } = await cli.run([...args, "--json"]);
      assert.equal(code, 0, stdout + stderr);
      return json;
    };
    const id = await sayBare(cli, agent, "one");
    await sayBare(cli, agent, "two", { resume: id });
    await must("adopt", "x", id);
    await must("send", "x", "three");
    await sayBare(cli, agent, "four", { resume: id });
    await must("send", "x", "five");
    await must("fork", "x", "branch", "six");
    await must("fork", "branch", "leaf", "seven");
    await sayBare(cli, agent, "eight", { resume: id });

    const { transcript, exchanges_outside: outside } = await must("show", "x");
    assert.equal(outside, 4);
    const outlineOf = async (name: string) =>
      (await cli.run(["history", name])).stdout
        .split("\n")
        .filter((line) => /^(?:> |── |You said)/.test(line))
        .map((line) => line.replace(/; \/.*/, ""));
    const said = (...words: string[]) => words.flatMap((word) => [`> ${word}`, `You said: ${word}`]);
    assert.deepEqual(await outlineOf("x"), [
      ...["── 2 exchanges outside agent-sessions", ...said("one", "two"), ...said("three")],
      ...["── 1 exchange outside agent-sessions", ...said("four"), ...said("five")],
      ...["── 1 exchange outside agent-sessions", ...said("eight")],
    ]);
    const five = said("one", "two", "three", "four", "five");
    const inBranch = ["── 5 exchanges before the fork of x", ...five, ...said("six")];
    assert.deepEqual(await outlineOf("branch"), inBranch);
    const six = ["── 6 exchanges before the fork of branch", ...five, ...said("six")];
    assert.deepEqual(await outlineOf("leaf"), [...six, ...said("seven")]);
    assert.ok((await cli.run(["history", "x"])).stdout.includes(`agent-sessions; ${transcript}\n`));
    assert.equal((await must("show", "leaf")).exchanges_outside, 0);
  });
}
