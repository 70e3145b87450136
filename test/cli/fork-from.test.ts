import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

test("while somebody else makes the fork, a message to it keeps its deadline, fails if asked to, or waits", {
  timeout: 120_000,
}, async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "t"]);
  const gate = join(cli.sandbox.folder, "go");
  const to = (name: string, ...args: string[]) => ["send", name, "--fork-from", "t", "--json", ...args];
  // Its agent tells no id before the gate is open.
  const first = cli.start(to("fé", cli.say({ noStart: true, waitForFile: gate }, "one")));
  await until(() => cli.records().length === 1, { what: "the fork's agent" });
  const late = await cli.run(to("fé", "--deadline", "500ms", cli.say({}, "no")));
  assert.deepEqual([late.code, late.json.error?.code], [6, "deadline"], late.stdout);
  const busy = await cli.run(to("fé", "--if-busy", "fail", cli.say({}, "no")));
  assert.deepEqual([busy.code, busy.json.error?.code], [5, "busy"], busy.stdout);
  const busyTrunk = await cli.run(
    to("g", "--detach", "--deadline", "500ms", "--if-busy", "fail", cli.say({}, "no")),
  );
  assert.deepEqual([busyTrunk.code, busyTrunk.json.error?.code], [5, "busy"], "the trunk is being read");

  const detached = ["two", "three"].map((text) => cli.start(to("fé", "--detach", cli.say({}, text))));
  const spelt = cli.start(to(" fe\u0301 ", cli.say({}, "four")));
  writeFileSync(gate, "");
  for (const one of [first, ...detached, spelt]) {
    const { code, stdout, stderr } = await one.result;
    assert.equal(code, 0, stdout + stderr);
  }
  await cli.run(["wait", "fé"]);
  const again = await cli.run(to("fe\u0301", cli.say({}, "five")));
  assert.match(String(again.json.text), /five \[prompts: 6\]/);
  assert.equal((await cli.run(["list", "--json"])).json.count, 2);
});

test("two that leave the first message of a fork to the background at once are both accepted", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "t"]);
  const both = ["one", "two"].map((text) =>
    cli.start(["send", "f", "--fork-from", "t", "--detach", "--json", cli.say({}, text)]),
  );
  const accepted = await Promise.all(both.map(({ result }) => result));
  assert.deepEqual(
    accepted.map(({ code }) => code),
    [0, 0],
    JSON.stringify(accepted),
  );
  for (const { stdout } of accepted) {
    const { turn_id } = JSON.parse(stdout);
    assert.equal((await cli.run(["wait", "f", "--turn", turn_id])).code, 0);
  }
  const last = await cli.run(["send", "f", "--json", cli.say({}, "three")]);
  assert.match(String(last.json.text), /three \[prompts: 4\]/);
});
