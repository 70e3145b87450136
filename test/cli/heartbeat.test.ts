import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

test("a heartbeat tells on stderr what the turn is doing, and leaves the output as it is", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const gate = join(cli.sandbox.folder, "gate");
  const beating = ["--heartbeat", "1s", "--json", cli.say({ waitForFile: gate, text: "done" }, "hi")];
  const sending = cli.start(["send", "x", ...beating]);
  await sending.waitFor((_, stderr) => (stderr.match(/^0:0\d {2}\S.*$/gm)?.length ?? 0) >= 2, {
    what: "two beats",
  });
  assert.equal(sending.stdout(), "");
  writeFileSync(gate, "");
  const { code, stdout } = await sending.result;
  assert.deepEqual([code, JSON.parse(stdout).text], [0, "done"]);
  for (const wrong of ["0s", "often"]) {
    const { json } = await cli.run(["send", "x", "--heartbeat", wrong, "--json", "hi"]);
    assert.equal(json.error?.code, "usage", wrong);
  }
});

test("a heartbeat beats in the line too, and leaves a stream in one piece", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const gate = join(cli.sandbox.folder, "gate");
  const first = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "first")]);
  await until(() => cli.records().length === 1, { what: "the first turn" });
  const cut = cli.say({ cutMidCharacter: true, lingerMs: 60_000 }, "second");
  const second = cli.start(["send", "x", "--heartbeat", "1s", "--deadline", "6s", "--stream", cut]);
  await second.waitFor((_, stderr) => /^0:0\d {2}waiting$/m.test(stderr), { what: "a beat in the line" });
  writeFileSync(gate, "");
  await first.result;
  const { stdout, code } = await second.result;
  assert.equal(code, 6);
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  assert.equal(
    JSON.parse(last).outcome,
    "deadline",
    "on a line of its own, after half a line of the agent's",
  );
});
