// Budgets with the real agents: what counts is what the model has served.
import assert from "node:assert/strict";
import test from "node:test";
import { hold, openRealCli, type RealCli } from "../support/cli/real-cli.ts";

async function must(cli: RealCli, ...args: string[]) {
  const result = await cli.run([...args, "--json"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result.json;
}

function servedTo(cli: RealCli, prompts: readonly string[]): number {
  const answered = cli.model
    .requests()
    .filter(({ userMessages }) => prompts.includes(userMessages.at(-1) ?? ""));
  return answered.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), 0);
}

for (const agent of ["claude", "codex"]) {
  test(`${agent}: a name with a budget stops when the model has served so much, to the token`, async (t) => {
    const cli = await openRealCli(t);
    await must(cli, "create", "x", "-a", agent, "one");
    await must(cli, "send", "x", "two");
    await must(cli, "fork", "x", "y", "of the fork");
    const used = servedTo(cli, ["one", "two"]);
    const { budget } = await must(cli, "budget", "x", `${used + 1}tok`);
    assert.equal((budget as { used: number }).used, used);
    await must(cli, "send", "x", "three");
    const requests = cli.model.requests().length;
    const refused = await cli.run(["send", "x", "--json", "four"]);
    assert.deepEqual([refused.code, refused.json.error?.code], [2, "over_budget"]);
    assert.equal(
      (refused.json.error as unknown as { used: number }).used,
      servedTo(cli, ["one", "two", "three"]),
    );
    assert.equal(cli.model.requests().length, requests, "the model was not asked");
    await must(cli, "send", "y", "the fork goes on");
    await must(cli, "send", "x", "--over-budget", "five");
    assert.equal((await cli.run(["send", "x", "six"])).code, 2);
  });

  test(`${agent}: of turns that wait for each other in the background, the one that crosses the budget is the last`, async (t) => {
    const cli = await openRealCli(t);
    await must(cli, "create", "x", "-a", agent, "one");
    await must(cli, "budget", "x", `${servedTo(cli, ["one"]) + 1}tok`);
    const answer = hold(cli, "two");
    const accepted = [];
    for (const prompt of ["two", "three", "four"])
      accepted.push(await must(cli, "send", "x", "--detach", prompt));
    answer("said at last");
    const results = [];
    for (const { turn_id } of accepted)
      results.push(await cli.run(["wait", "x", "--turn", String(turn_id), "--json"]));
    assert.deepEqual(
      results.map(({ code, json }) => [code, json.error?.code]),
      [
        [0, undefined],
        [2, "over_budget"],
        [2, "over_budget"],
      ],
    );
    assert.equal(servedTo(cli, ["three", "four"]), 0);
  });
}

test("claude: a turn is ended in the middle when it has used what is left, and the next one begins once there is more", async (t) => {
  const cli = await openRealCli(t);
  await must(cli, "create", "x", "-a", "claude", "one");
  const used = servedTo(cli, ["one"]);
  await must(cli, "budget", "x", `${used + 110}tok`);
  cli.model.when("two", {
    toolCalls: [{ name: "Bash", args: { command: "sleep 100", description: "wait" } }],
    next: "never",
  });
  const stopped = await cli.run([
    "send",
    "x",
    "--agent-arg=--allowedTools=Bash",
    "--stop-at-budget",
    "--json",
    "two",
  ]);
  assert.deepEqual([stopped.code, stopped.json.error?.code], [3, "stopped_at_budget"], stopped.stdout);
  // What it has used counts, as far as claude tells it at its end.
  const { budget } = await must(cli, "budget", "x");
  const { used: after, unknown_turns: unknown } = budget as { used: number; unknown_turns: number };
  assert.ok(after > used || unknown === 1, JSON.stringify(budget));
  await must(cli, "budget", "x", "1Mtok");
  assert.equal((await must(cli, "send", "x", "--stop-at-budget", "three")).outcome, "succeeded");
});
