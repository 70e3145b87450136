import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parse } from "yaml";
import { openRealCli } from "../support/cli/real-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { runBlocks } from "../support/docs/shell-session.ts";
import type { Step } from "../support/docs/workflow.ts";
import { LOOPBACK_KEY, REPOSITORY } from "../support/environment.ts";

test("docs/gates.md: every command runs as it stands", async (t) => {
  const cli = await openRealCli(t);
  mkdirSync(join(cli.workspace, "src"));
  for (const name of ["a.js", "b.js"]) writeFileSync(join(cli.workspace, "src", name), "");
  cli.model.when(/^bold: /, {
    toolCalls: [{ name: "StructuredOutput", args: { best: "careful" } }],
    next: "That one.",
  });
  const outputs = await runBlocks(
    cli,
    codeBlocks("docs/gates.md").map(({ text }) => text),
  );
  const [stopped, answered, done, many, chosen] = outputs;
  assert.match(stopped ?? "", /exit code 20\n$/);
  assert.match(answered ?? "", /^GATE +STATE .*\nchange-7\/plan +waiting /);
  assert.equal(done, "You said: Now do it. Keep the old port open.\n");
  assert.ok(many !== undefined);
  assert.match(chosen ?? "", /careful waits for a person\n$/);
  assert.equal(outputs.length, 6);
  const asked = cli.model.requests().map(({ userMessages }) => userMessages.at(-1));
  for (const prompt of [
    "Plan how to split src/server.ts. Change nothing.",
    "Move src/a.js.",
    "Propose the bold way.",
  ])
    assert.equal(asked.filter((one) => one === prompt).length, 1, prompt);
});

test("the gated workflow stops at the plan, and does it once somebody has given the hash of what they read", async (t) => {
  const cli = await openRealCli(t);
  const { steps, env } = parse(readFileSync(join(REPOSITORY, "examples/gated-workflow.yml"), "utf8")).jobs
    .change as {
    steps: Step[];
    env: Record<string, string>;
  };
  const summary = join(cli.sandbox.folder, "summary.md");
  /** One run of the workflow, in a shell that goes on where it fails. */
  const job = (inputs: Record<string, string>) => {
    const values: Record<string, string> = {
      "secrets.ANTHROPIC_API_KEY": LOOPBACK_KEY,
      "inputs.run": "speed",
      "inputs.approve": inputs.approve ?? "",
      "inputs.note": inputs.note ?? "",
    };
    const filled = (text: string) =>
      text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, name) => values[name] ?? assert.fail(name));
    const meant = steps.filter((step) => step.if !== "inputs.approve != ''" || inputs.approve !== undefined);
    const state = join(cli.sandbox.home, "agent-sessions");
    return meant.flatMap((step) => {
      if (step.run === undefined) return [];
      const variables = { ...env, ...step.env, AGENT_SESSIONS_HOME: state, GITHUB_STEP_SUMMARY: summary };
      const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${filled(value)}'`);
      return [["code=0; (set -e", ...exports, step.run, ') || code=$?; echo "code $code"'].join("\n")];
    });
  };
  const plan = "You said: Plan the change speed. Change nothing.\n";
  const hash = createHash("sha256").update(plan).digest("hex");
  const [, first, , wrong, still, , right, last, , , again] = await runBlocks(
    cli,
    [
      ...job({}),
      ...job({ approve: "0".repeat(64) }),
      ...job({ approve: hash, note: "Gently." }),
      ...job({ approve: hash }),
    ],
    { before: "npm() { :; }" },
  );
  assert.equal(first, "code 20\n");
  assert.ok(readFileSync(summary, "utf8").startsWith(`${plan}\n${hash}  -\n`), readFileSync(summary, "utf8"));
  assert.deepEqual([wrong, still], ["code 2\n", "code 20\n"]);
  assert.deepEqual([right, last], ["code 0\n", "You said: Now do it. Gently.\ncode 0\n"]);
  assert.equal(again, last, "once more, and nothing is asked");
  assert.deepEqual(cli.model.requests().length, 2);
});
