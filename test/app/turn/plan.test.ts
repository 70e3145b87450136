import assert from "node:assert/strict";
import test from "node:test";
import { claude } from "../../../src/agents/claude/claude.ts";
import type { Context } from "../../../src/app/context.ts";
import { checkTurn, type TurnOptions } from "../../../src/app/turn/plan.ts";
import { asCommands } from "../../../src/app/wording.ts";
import type { Agent } from "../../../src/domain/agent/agent.ts";
import { AppError } from "../../../src/domain/errors.ts";

const context = { uid: 1000, env: {}, wording: asCommands() } as Context;
const limited: Agent = {
  ...claude,
  title: "Dull",
  roleLimitBytes: 0,
  can: { ...claude.can, efforts: [], access: ["full"], schema: false },
};

const CASES: [what: string, options: TurnOptions, role: string | undefined, message: RegExp][] = [
  ["a role", {}, "Be terse.", /^Dull does not support a role\.$/],
  ["an effort", { effort: "low" }, undefined, /^Dull does not support a reasoning effort\.$/],
  ["a schema", { schemaText: "{}" }, undefined, /^Dull does not support a schema/],
  ["an access", { access: "read-only" }, undefined, /^Dull does not support --access read-only\.$/],
];
for (const [what, options, role, message] of CASES) {
  test(`an agent that does not know ${what} is not asked for it`, async () => {
    const check = (agent: Agent) =>
      checkTurn(context, agent, { ...options, prompt: "hello", roleText: role, launcher: ["agent"] });
    await assert.rejects(
      () => check(limited),
      (error) =>
        error instanceof AppError &&
        error.code === "unsupported" &&
        error.exitCode === 2 &&
        message.test(error.message) &&
        error.hint?.endsWith("agent-sessions agents") === true,
    );
    assert.deepEqual(await check(claude), ["agent"]);
  });
}
