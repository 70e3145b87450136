import assert from "node:assert/strict";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";

test("ask begins the folder's own conversation and continues it; every verb takes its name", async (t) => {
  const cli = openFakeCli(t);
  const first = await cli.here(["ask", cli.say({}, "one"), "--json"]);
  assert.deepEqual([first.code, first.json.name, first.json.continuity], [0, ".", "new"], first.stderr);
  const second = await cli.here(["ask", cli.say({}, "two"), "--json"]);
  assert.deepEqual([second.json.session_id, second.json.continuity], [first.json.session_id, "native"]);
  assert.equal((await cli.here(["list", "-q"])).stdout, ".\n");
  assert.equal((await cli.here(["show", ".", "--json"])).json.turns, 2);
  const third = await cli.here(["send", ".", "three", "--json"]);
  assert.equal(third.json.session_id, first.json.session_id);
  const renamed = await cli.here(["rename", ".", "first", "--json"]);
  assert.equal(renamed.json.name, "first");
  const anew = await cli.here(["ask", "four", "--json"]);
  assert.notEqual(anew.json.session_id, first.json.session_id);
});

test("of several that ask at once where there is no conversation, one begins it and the others continue it", async (t) => {
  const cli = openFakeCli(t);
  const prompts = ["one", "two", "three"].map((word) => cli.say({}, word));
  const asked = await Promise.all(prompts.map((prompt) => cli.run(["ask", prompt, "--json"])));
  assert.deepEqual(
    asked.map(({ code }) => code),
    [0, 0, 0],
    asked.map(({ stderr }) => stderr).join(),
  );
  assert.equal(new Set(asked.map(({ json }) => json.session_id)).size, 1);
  assert.deepEqual(asked.map(({ json }) => json.continuity).sort(), ["native", "native", "new"]);
  assert.equal(cli.records().length, 3);
});

test("ask asks again only once for a request id, also for the turn that began the conversation", async (t) => {
  const cli = openFakeCli(t);
  const ask = () => cli.here(["ask", cli.say({}, "one"), "--request-id", "r1", "--json"]);
  const first = await ask();
  const again = await ask();
  assert.deepEqual([again.code, again.json.turn_id], [0, first.json.turn_id], again.stderr);
  assert.equal(cli.records().length, 1);
});

test("an agent of its own has a conversation of its own, and without --agent both are named", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["ask", "one"]);
  const other = await cli.here(["ask", "one", "--agent", "codex", "--json"]);
  assert.deepEqual([other.code, other.json.agent], [0, "codex"], other.stderr);
  const which = await cli.here(["ask", "two", "--json"]);
  assert.deepEqual([which.code, which.json.error?.code], [2, "ambiguous_name"]);
  assert.match(which.json.error?.hint ?? "", /--agent/);
});
