import assert from "node:assert/strict";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { runBlocks } from "../support/docs/shell-session.ts";

test("docs/budgets.md: every command runs as it stands", async (t) => {
  const cli = await openRealCli(t);
  const commands = codeBlocks("docs/budgets.md").filter(({ language }) => language === "sh");
  const [created, over, stops] = await runBlocks(
    cli,
    commands.map(({ text }) => text),
  );
  assert.match(created ?? "", /"review": 121 tokens of 200ktok \(0%\)\n$/);
  assert.match(over ?? "", /You said: One more, all the same\./);
  assert.match(stops ?? "", /You said: Read everything, twice\./);
  const asked = cli.model.requests().map(({ userMessages }) => userMessages.at(-1));
  assert.deepEqual(
    asked.filter((prompt) => prompt === "And now the tests."),
    [],
    "it was refused",
  );
});
