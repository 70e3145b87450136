import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Loopback, openLoopback } from "../support/loopback/loopback.ts";
import { whyNo } from "../support/loopback/real-agents.ts";
import { run } from "../support/run.ts";

/** The arguments of a turn whose prompt comes over standard input; kimi 2.1.0 takes it as an argument alone. */
const TURNS = {
  gemini: ["-o", "stream-json", "-m", "gemini-loopback"],
  qwen: ["-o", "stream-json"],
  opencode: ["run", "--format", "json"],
  kimi: ["-p", "hello", "--output-format", "stream-json"],
} as const;

for (const name of ["gemini", "qwen", "opencode", "kimi"] as const) {
  describe(`the real ${name} on loopback`, { skip: whyNo(name) }, () => {
    let loopback: Loopback;
    before(async () => {
      loopback = await openLoopback();
    });
    after(() => loopback.close());

    it("asks the model with just what the user typed", async () => {
      const { workspace: cwd, env } = loopback;
      const result = await run([name, ...TURNS[name]], { cwd, env, input: "hello" });
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stdout, /You said: hello/);
      const prompts = loopback.model.requests().map(({ userMessages }) => userMessages.at(-1)?.trim());
      assert.ok(prompts.includes("hello"), JSON.stringify(prompts));
      assert.deepEqual(loopback.model.strays(), []);
    });
  });
}
