import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

for (const [signal, exit, code] of [
  ["SIGINT", 130, "cancelled"],
  ["SIGTERM", 143, "terminated"],
] as const) {
  for (const agent of ["claude", "codex"]) {
    test(`${agent}: ${signal} to the command ends the turn, and the next one continues`, async (t) => {
      const cli = openFakeCli(t);
      await cli.run(["create", "x", "-a", agent, cli.say({}, "one")]);
      const pidFile = join(cli.sandbox.folder, "pid");
      const script = { pidTo: pidFile, sleepMs: 60_000 };
      const sending = cli.start(["send", "x", "--json", cli.say(script, "two")]);
      await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", {
        what: "the agent to wait",
      });
      sending.kill(signal);
      const { code: exitCode, stdout } = await sending.result;
      const result = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
      assert.equal(exitCode, exit);
      assert.deepEqual([result.outcome, result.error.code], ["cancelled", code]);
      assert.equal(identifyProcess(Number(readFileSync(pidFile, "utf8"))), undefined, "the agent is gone");
      const next = await cli.run(["send", "x", "--json", cli.say({}, "three")]);
      assert.equal(next.json.outcome, "succeeded");
      const turns = (await cli.run(["history", "x", "--json"])).json.turns as { outcome: string }[];
      assert.deepEqual(
        turns.map(({ outcome }) => outcome),
        ["succeeded", "cancelled", "succeeded"],
      );
    });
  }
}

test("an agent that ignores signals is killed after the grace", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const pidFile = join(cli.sandbox.folder, "pid");
  const script = { pidTo: pidFile, sleepMs: 60_000, ignoreSigint: true, ignoreSigterm: true };
  const sending = cli.start(["send", "x", "--json", cli.say(script, "two")]);
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", {
    what: "the agent to wait",
  });
  sending.kill("SIGINT");
  assert.equal((await sending.result).code, 130);
  assert.equal(identifyProcess(Number(readFileSync(pidFile, "utf8"))), undefined);
});

test("whoever stops reading leaves the turn running; it is found later", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const { run } = await import("../support/run.ts");
  const { CLI } = await import("../support/cli/fake-cli.ts");
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  const gate = join(cli.sandbox.folder, "go");
  const prompt = cli.say(
    { stdoutLines: 200, stdoutLineBytes: 2000, waitForFile: gate, text: "the end" },
    "talk",
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: bash fills it in
  const pipeline = '"$@" | head -1; exit ${PIPESTATUS[0]}';
  const argv = [
    "bash",
    "-c",
    pipeline,
    "bash",
    process.execPath,
    CLI,
    "send",
    "x",
    "--stream",
    "--agent-cmd",
    FAKE_AGENT,
    prompt,
  ];
  const piped = await run(argv, { cwd: cli.sandbox.workspace, env: cli.sandbox.env });
  assert.equal(piped.code, 141, piped.stderr);
  assert.equal(piped.stdout.trimEnd().split("\n").length, 1);
  const busy = (await cli.run(["show", "x", "--json"])).json;
  assert.notEqual(busy.busy, null);
  (await import("node:fs")).writeFileSync(gate, "");
  const last = await until(
    async () => {
      const shown = (await cli.run(["show", "x", "--json"])).json;
      return shown.busy === null ? (shown.last_turn as { outcome: string; text: string }) : undefined;
    },
    { what: "the turn to be settled", everyMs: 50 },
  );
  assert.deepEqual([last.outcome, last.text], ["succeeded", "the end"]);
});

test("an emptied temporary folder costs no name and one line", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", "-a", "claude"]);
  await cli.run(["create", "y", "-a", "claude"]);
  rmSync(cli.sandbox.env.TMPDIR ?? "", { recursive: true });
  (await import("node:fs")).mkdirSync(cli.sandbox.env.TMPDIR ?? "");
  const listed = await cli.run(["list", "--json"]);
  assert.equal(listed.json.count, 2);
  assert.match(listed.stderr, /^2 names were written back to .*\n$/);
  assert.equal((await cli.run(["list", "--json"])).stderr, "");
});

test("a send waits for the turn before it, and both are in the conversation", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const gate = join(cli.sandbox.folder, "go");
  const first = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "first")]);
  await until(() => cli.records().length === 1, { what: "the first turn to start" });
  const second = cli.start(["send", "x", "--json", cli.say({}, "second")]);
  await second.waitFor((_, stderr) => /is busy: turn .*; waiting/.test(stderr), { what: "the notice" });
  assert.equal(cli.records().length, 1);
  (await import("node:fs")).writeFileSync(gate, "");
  assert.equal((await first.result).code, 0);
  const { code, stdout } = await second.result;
  assert.equal(code, 0);
  assert.match(JSON.parse(stdout.trimEnd()).text, /prompts: 3/);
});
