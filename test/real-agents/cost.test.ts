import assert from "node:assert/strict";
import test from "node:test";
import { hold, openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { realAgents } from "../support/loopback/real-agents.ts";

interface Sum {
  turns: number;
  unknown_turns: number;
  is_lower_bound: boolean;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
}

async function costOf(
  cli: RealCli,
  ...args: string[]
): Promise<{ groups: (Sum & { key: string })[]; total: Sum }> {
  const { json, code, stdout } = await cli.run(["cost", ...args, "--json"]);
  assert.equal(code, 0, stdout);
  return json as unknown as { groups: (Sum & { key: string })[]; total: Sum };
}

/** Tokens in and out that the model has counted, but for turns that never saw its answer. */
function served(cli: RealCli, unserved: readonly string[] = []): number[] {
  const answered = cli.model
    .requests()
    .filter(({ userMessages }) => !unserved.includes(userMessages.at(-1) ?? ""));
  const add = (key: "inputTokens" | "outputTokens") =>
    answered.reduce((sum, { usage }) => sum + (usage?.[key] ?? 0), 0);
  return [add("inputTokens"), add("outputTokens")];
}

for (const agent of ["claude", "codex"]) {
  test(`${agent}: a history of twelve turns costs what the model has served, to the token`, async (t) => {
    const cli = await openRealCli(t);
    const must = async (...args: string[]) => {
      const result = await cli.run([...args, "--json"]);
      assert.equal(result.json.outcome, "succeeded", result.stdout);
    };
    await must("create", "trunk", "-a", agent, "one");
    await must("send", "trunk", "two");
    await must("send", "trunk", "three");
    await must("fork", "trunk", "left", "four");
    await must("send", "left", "five");
    await must("fork", "trunk", "right", "six");
    await must("send", "right", "seven");
    cli.model.when("eight", { status: 400, message: "no" });
    assert.equal((await cli.run(["send", "trunk", "eight"])).code, 3);
    await must("send", "trunk", agent === "claude" ? "/compact" : "eight and a half");
    cli.model.when("nine", "never");
    const sending = cli.start(["send", "left", "nine"]);
    await cli.model.received("nine");
    sending.kill("SIGTERM");
    await sending.exited;
    await must("send", "left", "ten");
    await must("send", "right", "eleven");
    await must("once", "-a", agent, "twelve");

    const { groups, total } = await costOf(cli);
    assert.deepEqual([total.input_tokens, total.output_tokens], served(cli, ["eight", "nine"]));
    assert.equal(total.turns, 13);
    const left = groups.find(({ key }) => key === "left");
    if (agent === "codex") {
      // Codex says nothing when it is ended, nor when it fails: their cost is not known.
      assert.deepEqual([total.unknown_turns, total.is_lower_bound], [2, true]);
      assert.equal(left?.unknown_turns, 1);
    } else assert.ok((total.cost_usd ?? 0) > 0);
    assert.deepEqual(groups.map(({ key }) => key).sort(), ["(once)", "left", "right", "trunk"]);
    const shown = (await cli.run(["show", "left", "--json"])).json.usage as Sum;
    assert.deepEqual([shown.input_tokens, shown.is_lower_bound], [left?.input_tokens, left?.is_lower_bound]);

    for (const by of ["day", "model", "agent"]) {
      const sums = (await costOf(cli, "--by", by)).groups;
      assert.equal(
        sums.reduce((sum, { input_tokens }) => sum + input_tokens, 0),
        total.input_tokens,
        by,
      );
    }
    assert.equal((await costOf(cli, "trunk")).total.turns, 5);
    assert.equal((await costOf(cli, "--since", "2001-01-01")).total.turns, 13);
    assert.equal((await costOf(cli, "--since", "0s")).total.turns, 0);
    await cli.run(["remove", "left"]);
    assert.equal(
      (await costOf(cli, "--all")).total.input_tokens,
      total.input_tokens,
      "what is spent is spent",
    );
    assert.match((await cli.run(["cost"])).stdout, /^NAME\s+TURNS\s+IN\s+OUT[\s\S]*\ntotal\s+13/);
  });
}

for (const agent of ["claude", "codex"]) {
  test(`${agent}: a fork is charged what the model has served it, to the token, while its trunk runs on`, async (t) => {
    const cli = await openRealCli(t);
    const charged = (text: string) => {
      const { outcome, usage } = JSON.parse(text) as { outcome: string; usage: Record<string, number> };
      assert.equal(outcome, "succeeded", text);
      return [usage.input_tokens, usage.output_tokens];
    };
    const servedFor = (prompt: string) => {
      const usage = cli.model.requests().find(({ userMessages }) => userMessages.at(-1) === prompt)?.usage;
      return [usage?.inputTokens, usage?.outputTokens];
    };
    await cli.run(["create", "trunk", "-a", agent, "one"]);

    // The trunk goes on while the fork's first turn runs.
    const answerFork = hold(cli, "first of the fork");
    const forking = cli.start(["fork", "trunk", "early", "--json", "first of the fork"]);
    await cli.model.received("first of the fork");
    charged((await cli.run(["send", "trunk", "--json", "two"])).stdout);
    answerFork("said in the fork");
    assert.deepEqual(charged((await forking.result).stdout), servedFor("first of the fork"));

    // The fork is asked for while a turn runs in the trunk.
    const answerTrunk = hold(cli, "three");
    const sending = cli.start(["send", "trunk", "--json", "three"]);
    await cli.model.received("three");
    const late = cli.start(["send", "late", "--fork-from", "trunk", "--json", "first of another"]);
    await late.waitFor((_, stderr) => stderr.includes("is busy"), { what: "the fork to wait" });
    answerTrunk("said in the trunk");
    charged((await sending.result).stdout);
    assert.deepEqual(charged((await late.result).stdout), servedFor("first of another"));

    const { total } = await costOf(cli);
    assert.deepEqual([total.input_tokens, total.output_tokens], served(cli));
  });
}

test("claude 2.1.197, which counts anew in each process: every token once, across resume, fork and /compact", async (t) => {
  const cli = await openRealCli(t);
  const turns = [
    ["create", "x", "one"],
    ["send", "x", "two"],
    ["fork", "x", "y", "three"],
    ["send", "y", "four"],
    ["send", "x", "/compact"],
    ["send", "x", "five"],
  ];
  for (const turn of turns) {
    const { code, stdout } = await cli.run([...turn, "--json", "--agent-cmd", realAgents().earlierClaude]);
    assert.equal(code, 0, stdout);
  }
  const { total } = await costOf(cli);
  assert.deepEqual([total.input_tokens, total.output_tokens], served(cli));
  assert.equal(total.turns, turns.length);
});
