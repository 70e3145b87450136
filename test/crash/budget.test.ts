// A command is killed between the end of its turn and the record of it: the budget does not forget the turn.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

/** When the command is killed, counted from the moment at which its agent may end. */
const DELAYS_MS = [0, 2, 5, 10, 20, 40, 60, 80, 100, 150];

test("however late a command is killed, its turn counts before the next one begins", async (t) => {
  const cli = openFakeCli(t);
  const { sandbox } = cli;
  await cli.run(["create", "x", cli.say({}, "one")]);
  const costOf = async () => {
    const { total } = (await cli.here(["cost", "x", "--json"])).json as {
      total: { input_tokens: number; output_tokens: number; turns: number; unknown_turns: number };
    };
    return { ...total, tokens: total.input_tokens + total.output_tokens };
  };
  for (const [at, delayMs] of DELAYS_MS.entries()) {
    const { tokens, turns } = await costOf();
    // Whatever the turn uses, nothing is left after it.
    await cli.here(["budget", "x", `${tokens + 1}tok`]);
    const gate = join(sandbox.folder, `gate${at}`);
    const pidTo = join(sandbox.folder, `pid${at}`);
    const sending = cli.start(["send", "x", cli.say({ pidTo, waitForFile: gate }, `two ${at}`)]);
    await until(() => existsSync(pidTo), { what: "the agent" });
    writeFileSync(gate, "");
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    sending.kill("SIGKILL");
    await sending.exited;
    // The next one waits for what is left of it, and finds the budget used up.
    const next = await cli.run(["send", "x", "--json", cli.say({}, `three ${at}`)]);
    assert.deepEqual([next.code, next.json.error?.code], [2, "over_budget"], `${delayMs} ms: ${next.stdout}`);
    const after = await costOf();
    assert.deepEqual([after.turns, after.unknown_turns], [turns + 1, 0], `${delayMs} ms`);
    assert.ok(after.tokens > tokens);
  }
});
