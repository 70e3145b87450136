// What qwen does beside the promises of every agent: copies of its transcripts, conversations that others have begun.
import assert from "node:assert/strict";
import test from "node:test";
import { openCli } from "../support/cli/real-cli.ts";
import { whyNo } from "../support/loopback/real-agents.ts";
import { run } from "../support/run.ts";

test("qwen: a fork by copy goes on with the history, and a conversation that others began is adopted", {
  skip: whyNo("qwen"),
}, async (t) => {
  const cli = await openCli(t);
  const { model, workspace: cwd, env } = cli;
  const seenWith = (prompt: string) =>
    model.requests().findLast(({ userMessages }) => userMessages.at(-1) === prompt)?.userMessages;
  const must = async (...args: string[]) => {
    const result = await cli.run([...args.slice(0, 2), "--json", ...args.slice(2)]);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.json;
  };

  const { session_id: id } = await must("create", "x", "-a", "qwen", "first");
  const before = model.requests().length;
  const copied = await must("fork", "x", "y");
  assert.equal(model.requests().length, before, "the model was not asked");
  assert.notEqual(copied.session_id, id);
  const { continuity, session_id: inCopy, usage } = await must("send", "y", "in the copy");
  assert.deepEqual([continuity, inCopy], ["native", copied.session_id]);
  assert.deepEqual(seenWith("in the copy"), ["first", "in the copy"]);
  const served = model.requests().slice(before);
  const input = served.reduce((sum, request) => sum + (request.usage?.inputTokens ?? 0), 0);
  assert.equal((usage as { input_tokens: number }).input_tokens, input, "none of the parent's tokens");

  const theirs = await run(["qwen", "-o", "stream-json"], { cwd, env, input: "theirs" });
  assert.equal(theirs.code, 0, theirs.stderr);
  const { session_id: foreign } = JSON.parse(theirs.stdout.split("\n")[0] ?? "");
  const adopted = await must("adopt", "z", "--latest", "-a", "qwen");
  assert.equal(adopted.session_id, foreign);
  assert.equal((await must("send", "z", "ours")).session_id, foreign);
  assert.deepEqual(seenWith("ours"), ["theirs", "ours"]);
  const refused = await cli.run(["send", "z", "--json", "/clear"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [2, "unsupported"]);
});
