import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { markedProcesses } from "../support/marked-processes.ts";
import { until } from "../support/until.ts";

for (const agent of ["claude", "codex", "copilot"]) {
  test(`setsid ${agent}, which leaves its wrapper: an answer, a deadline, a cancel, and nothing is left`, async (t) => {
    const cli = await openRealCli(t);
    const cmd = ["--agent-cmd", `setsid ${agent}`, "--json"];
    const left = (turn: unknown) => markedProcesses(String(turn));
    const created = await cli.run(["create", "x", "-a", agent, ...cmd, "first"]);
    assert.deepEqual([created.code, created.json.outcome], [0, "succeeded"], created.stdout);
    assert.deepEqual(left(created.json.turn_id), []);

    cli.model.when("second", "never");
    const late = await cli.run(["send", "x", ...cmd, "--deadline", "4s", "second"]);
    assert.deepEqual([late.code, late.json.outcome], [6, "deadline"], late.stdout);
    assert.deepEqual(left(late.json.turn_id), []);

    cli.model.when("third", "never");
    const sending = cli.start(["send", "x", ...cmd, "third"]);
    await cli.model.received("third");
    const cancelled = await cli.run(["cancel", "x", "--json"]);
    assert.equal(cancelled.json.cancelled, true, cancelled.stdout);
    const { turn_id, outcome } = JSON.parse((await sending.result).stdout);
    assert.equal(outcome, "cancelled");
    assert.deepEqual(left(turn_id), []);

    const last = await cli.run(["send", "x", ...cmd, "fourth"]);
    assert.equal(last.json.outcome, "succeeded", last.stdout);
    assert.equal(last.json.foreign_bytes, 0, "nobody else has written");
    assert.ok(cli.lastPrompts().includes("first") && cli.lastPrompts().at(-1) === "fourth");
    await until(() => left(last.json.turn_id).length === 0, { what: "nothing to be left" });
  });
}

test("a wrapper and what is passed on to the agent hold on later turns, and in a fork", async (t) => {
  const cli = await openRealCli(t);
  const runs = join(cli.sandbox.folder, "runs");
  const count = () => readFileSync(runs, "utf8").trimEnd().split("\n").length;
  for (const agent of ["claude", "codex"]) {
    rmSync(runs, { force: true });
    const wrapper = join(cli.sandbox.folder, `my-${agent}`);
    writeFileSync(wrapper, `#!/bin/sh\necho run >> '${runs}'\nexec ${agent} "$@"\n`, { mode: 0o700 });
    // Codex 0.169.0 works in no folder that is not a repository unless it is told to, each time.
    const folder = join(cli.sandbox.folder, `no-repository-${agent}`);
    mkdirSync(folder);
    const passedOn = agent === "codex" ? "--skip-git-repo-check" : "--strict-mcp-config";
    const wrapped = ["-a", agent, "--agent-cmd", wrapper, "--agent-arg", passedOn];
    for (const args of [
      ["create", "x", ...wrapped, "first"],
      ["send", "x", "second"],
      ["fork", "x", "y", "third"],
      ["send", "y", "fourth"],
    ]) {
      const { code, json, stdout } = await cli.run([...args, "--json"], folder);
      assert.deepEqual([code, json.outcome], [0, "succeeded"], stdout);
    }
    assert.deepEqual(cli.lastPrompts().slice(-4), ["first", "second", "third", "fourth"]);
    assert.equal(count(), 4, `each ran in the wrapper of ${agent}`);
  }
});
