// What opencode does beside the promises of every agent: it tells on the way what a turn has used.
import assert from "node:assert/strict";
import test from "node:test";
import { openCli } from "../support/cli/real-cli.ts";
import { whyNo } from "../support/loopback/real-agents.ts";

test("opencode: a turn is ended in the middle when it has used what is left of the budget", {
  skip: whyNo("opencode"),
}, async (t) => {
  const cli = await openCli(t);
  const must = async (...args: string[]) => {
    const result = await cli.run([...args, "--json"]);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.json;
  };
  const { usage } = await must("create", "x", "-a", "opencode", "one");
  const { input_tokens: before, output_tokens: said } = usage as Record<string, number>;
  await must("budget", "x", `${(before ?? 0) + (said ?? 0) + 1}tok`);
  // Its first step crosses the budget; the second one would never end.
  cli.model.when("two", {
    toolCalls: [{ name: "bash", args: { command: "echo from the tool", description: "Say it" } }],
    next: "never",
  });
  const stopped = await cli.run(["send", "x", "--access", "full", "--stop-at-budget", "--json", "two"]);
  assert.deepEqual([stopped.code, stopped.json.error?.code], [3, "stopped_at_budget"], stopped.stdout);
  await must("budget", "x", "1Mtok");
  assert.equal((await must("send", "x", "--stop-at-budget", "three")).outcome, "succeeded");
});
