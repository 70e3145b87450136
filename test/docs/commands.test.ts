import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { runBlocks } from "../support/docs/shell-session.ts";

test("docs/commands.md: every command runs as it stands", async (t) => {
  const cli = await openRealCli(t);
  mkdirSync(join(cli.workspace, "roles"));
  writeFileSync(join(cli.workspace, "roles/reviewer.md"), "You review.\n");
  writeFileSync(join(cli.workspace, "prompt.md"), "From a file.\n");
  const [use, plan, ...none] = await runBlocks(
    cli,
    codeBlocks("docs/commands.md").map(({ text }) => text),
  );
  assert.deepEqual(none, []);
  for (const said of ["From a file.", "Do it.", "Argue against", "Take an hour."]) {
    assert.ok(use?.includes(said), said);
  }
  assert.match(plan ?? "", /You said: Now do it\.\n$/);
  const prompts = cli.model.requests().at(-1)?.userMessages ?? [];
  assert.deepEqual(prompts.slice(1), ["Review your plan: what breaks?", "Now do it."], "one conversation");
});

test("docs/settings.md: every command runs as it stands", async (t) => {
  const cli = await openRealCli(t);
  const commands = codeBlocks("docs/settings.md").filter(({ language }) => language === "sh");
  assert.ok(commands.length > 0);
  const outputs = await runBlocks(cli, [
    ...commands.map(({ text }) => text),
    "agent-sessions config list --json",
  ]);
  assert.equal(JSON.parse(outputs.at(-1) ?? "").type, "agent_sessions.config");
});
