import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import type { FakeScript } from "../support/fake-agent/script.ts";
import { until } from "../support/run.ts";

const FLOODS: [string, FakeScript][] = [
  ["stdout", { stdoutLines: 30, stdoutLineBytes: 10_000 }],
  ["stderr", { stderrBytes: 300_000 }],
  ["both together", { stdoutLines: 10, stdoutLineBytes: 10_000, stderrBytes: 110_000 }],
];

for (const [what, flood] of FLOODS) {
  for (const isDetached of [false, true]) {
    test(`--max-output ends a turn that writes more to ${what}${isDetached ? ", in the background" : ""}`, async (t) => {
      const cli = openFakeCli(t);
      await cli.here(["create", "x"]);
      const pidFile = join(cli.sandbox.folder, "pid");
      // One that leaves the agent's group outlasts the grace, which is long: once is enough.
      const tool = { grandchild: { setsid: true, pidTo: pidFile } };
      const marks = what === "stdout" && !isDetached ? tool : { pidTo: pidFile };
      const prompt = cli.say({ ...flood, ...marks, sleepMs: 60_000 }, "talk");
      const args = ["--max-output", "200kB", "--json", prompt];
      if (isDetached) await cli.here(["send", "x", "--detach", ...args]);
      const result = await cli.here(isDetached ? ["wait", "x", "--json"] : ["send", "x", ...args]);
      assert.deepEqual(
        [result.code, result.json.outcome],
        [3, "output_limit"],
        result.stdout + result.stderr,
      );
      assert.equal(result.json.error?.code, "output_limit");
      assert.match(result.json.error?.message ?? "", /more than the limit of 200000/);
      assert.equal(
        identifyProcess(Number(readFileSync(pidFile, "utf8"))),
        undefined,
        "nothing of it is left",
      );
      const next = await cli.here(["send", "x", "--json", cli.say({}, "three")]);
      assert.equal(next.json.outcome, "succeeded");
    });
  }
}

test("a turn whose command is gone is ended by the next command that finds it over its limit", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const pidFile = join(cli.sandbox.folder, "pid");
  const gate = join(cli.sandbox.folder, "go");
  const script = { stdoutLines: 30, stdoutLineBytes: 10_000, pidTo: pidFile, waitForFile: gate };
  // The limit is far away until the command is gone; only then the plan says less.
  const sending = cli.start(["send", "x", "--max-output", "1GB", cli.say(script, "talk")]);
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", { what: "the flood" });
  sending.kill("SIGKILL");
  await sending.exited;
  const status = await cli.here(["status", "--json"]);
  const [turn] = status.json.turns as { turn_id: string; reason: string }[];
  assert.equal(turn?.reason, "unattended", "under the limit it goes on");
  const { readdirSync, writeFileSync } = await import("node:fs");
  const root = readdirSync(cli.sandbox.home, { recursive: true, encoding: "utf8" });
  const plan = join(cli.sandbox.home, root.find((path) => path.endsWith(`${turn?.turn_id}/turn.json`)) ?? "");
  writeFileSync(plan, JSON.stringify({ ...JSON.parse(readFileSync(plan, "utf8")), maxOutputBytes: 200_000 }));
  const waited = await cli.here(["wait", "x", "--json"]);
  assert.deepEqual([waited.code, waited.json.outcome], [3, "output_limit"], waited.stdout);
  assert.equal(identifyProcess(Number(readFileSync(pidFile, "utf8"))), undefined);
});

test("a turn that stays below its limit, or has answered by then, is a success", async (t) => {
  const cli = openFakeCli(t);
  // Unlike claude, codex takes nothing back when it is ended.
  await cli.here(["create", "x", "-a", "codex"]);
  const prompt = cli.say({ stdoutLines: 10, stdoutLineBytes: 10_000 }, "talk");
  const below = await cli.here(["send", "x", "--max-output", "1MB", "--json", prompt]);
  assert.deepEqual([below.code, below.json.outcome], [0, "succeeded"]);
  // Behind the answer: no look at the size can come between the two.
  const lingering = cli.say({ bytesAfterEnd: 100_000, lingerMs: 60_000 }, "talk");
  const answered = await cli.here(["send", "x", "--max-output", "50kB", "--json", lingering]);
  assert.deepEqual([answered.code, answered.json.outcome], [0, "succeeded"], answered.stdout);
});

test("--max-output wants a number and a unit", async (t) => {
  const cli = openFakeCli(t);
  const refused = await cli.here(["send", "x", "--max-output", "100", "hi"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /10MB/);
});
