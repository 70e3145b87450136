import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { runBlocks } from "../support/docs/shell-session.ts";

const blocks = codeBlocks("docs/guide-agents.md").map(({ text }) => text);

test("the commands of the guide for agents run as they stand", async (t) => {
  const cli = await openRealCli(t);
  cli.model.when("Review the last commit.", { slowMs: 1500, text: "It looks good to me." });
  cli.model.when("Read everything, twice.", "never");
  assert.equal(blocks.length, 8);
  const outputs = await runBlocks(cli, blocks);
  const json = (at: number) => JSON.parse(outputs[at]?.trimEnd().split("\n").at(-1) ?? "");
  assert.deepEqual([json(0).type, json(0).outcome], ["agent_sessions.result", "succeeded"]);
  assert.deepEqual([json(1).outcome, json(1).text], ["succeeded", "It looks good to me."]);
  const looped = JSON.parse(readFileSync(join(cli.workspace, "answer.json"), "utf8"));
  assert.equal(looped.text, "It looks good to me.");
  assert.deepEqual([json(3).type, json(3).count], ["agent_sessions.status", 0]);
  const stream = readFileSync(join(cli.workspace, "stream.jsonl"), "utf8").trimEnd().split("\n");
  assert.equal(JSON.parse(stream.at(-1) ?? "").turn_id, json(1).turn_id);
  assert.equal(json(5).turn_id, json(1).turn_id);
  assert.equal(json(6).text, "You said: Is it urgent?");
  assert.deepEqual([json(7).cancelled, json(7).turn.outcome], [true, "cancelled"]);
});
