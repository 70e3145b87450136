import assert from "node:assert/strict";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { runBlocks } from "../support/docs/shell-session.ts";

test("the ten minutes: every command runs as it stands", async (t) => {
  const cli = await openRealCli(t);
  cli.model.when("Is the README true?", {
    toolCalls: [{ name: "StructuredOutput", args: { good: true } }],
    next: "It is.",
  });
  const outputs = await runBlocks(
    cli,
    codeBlocks("docs/guide.md").map(({ text }) => text),
  );
  const [first, own, list, plan, forks, once, json, schema, alone, wrong, cost] = outputs;
  assert.match(first ?? "", /You said: Which function would you rewrite first\?/);
  assert.match(own ?? "", /You said: And which one would you read next\?[\s\S]*session/);
  assert.match(list ?? "", /review[\s\S]*agent-sessions open review/);
  assert.match(plan ?? "", /You said: Now do it\./);
  assert.match(forks ?? "", /review .*\n├─ careful .*\n└─ bold /);
  assert.equal(once, "You said: Which of these files is unused?\n");
  assert.match(json ?? "", /^You said: And the riskiest one\?\n\d+\n$/);
  assert.equal(schema, "true\n");
  assert.match(alone ?? "", /You said: Read everything, twice\.\n$/);
  assert.match(wrong ?? "", /claude/i);
  assert.match(cost ?? "", /total/);
  const family = cli.model.requests().find(({ userMessages }) => userMessages.at(-1)?.includes("boldest"));
  assert.equal(family?.userMessages[0], "Read src/ and remember what it does.", "the fork has the history");
});
