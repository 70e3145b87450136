import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { openDatabase } from "../support/postgres/open.ts";

const SAYS = /^No worker takes turns of claude in id:alone now\. Turn \S+ waits\.$/m;

test("what no worker takes waits in its place, and whoever waits for it is told", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const cli = openFakeCli(t);
  const cwd = join(cli.sandbox.folder, "alone");
  mkdirSync(cwd);
  writeFileSync(join(cwd, ".agent-sessions.toml"), 'workspace-id = "alone"\n');
  const place = { cwd, env: { AGENT_SESSIONS_STORE: database.url } };
  const ask = (...words: string[]) => cli.run([...words, "--json"], place);
  const creating = cli.start(["create", "x", "--json", cli.say({}, "one")], place);
  await creating.waitFor((_, stderr) => SAYS.test(stderr), { what: "a word of the wait" });
  for (const words of [
    ["wait", "x"],
    ["attach", "x"],
  ]) {
    const waiting = cli.start(words, place);
    await waiting.waitFor((_, stderr) => SAYS.test(stderr), { what: `a word of ${words[0]}` });
    waiting.kill("SIGKILL");
    await waiting.exited;
  }
  // Its name is its own until it ends.
  assert.deepEqual([(await ask("create", "x", "again")).json.error?.code], ["busy"]);
  assert.equal((await ask("cancel", "x")).json.cancelled, true);
  const ended = await creating.result;
  assert.deepEqual([ended.code, ended.stderr.match(new RegExp(SAYS, "gm"))?.length], [130, 1], ended.stdout);

  const late = await ask("create", "x", "--deadline", "1s", "too late");
  assert.deepEqual([late.code, late.json.error?.code], [6, "deadline"], late.stdout);
  const words = ["create", "x", "--detach", "--request-id", "r1", cli.say({}, "three")];
  const [first, again] = [await ask(...words), await ask(...words)];
  assert.deepEqual([first.code, again.json.turn_id], [0, first.json.turn_id], first.stdout);
  assert.equal(cli.records().length, 0, "nothing has run");

  const worker = cli.start(["worker", "--agents", "claude", "--allow-agent-args", "--lease", "10s"], place);
  t.after(async () => {
    worker.kill("SIGKILL");
    await worker.exited;
  });
  const waited = await ask("wait", "x");
  assert.deepEqual(
    [waited.json.turn_id, waited.json.outcome],
    [first.json.turn_id, "succeeded"],
    waited.stdout,
  );
  const sent = cli.start(["send", "x", cli.say({ sleepMs: 2_500 }, "four")], place);
  assert.doesNotMatch((await sent.result).stderr, /No worker/, "one that is served is told nothing");
  assert.equal(cli.records().length, 2);
});
