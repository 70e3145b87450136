import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CLI } from "../support/cli/fake-cli.ts";
import { openRealCli } from "../support/cli/real-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run, start } from "../support/run.ts";

test("the migration, killed at a random file ten times and run again each time, asks each file once", async (t) => {
  const cli = await openRealCli(t);
  const { model, workspace, env } = cli;
  const bin = join(cli.sandbox.folder, "bin");
  mkdirSync(bin);
  symlinkSync(CLI, join(bin, "agent-sessions"));
  const files = Array.from({ length: 20 }, (_, at) => `f${String(at + 1).padStart(2, "0")}.js`);
  const argv = [join(REPOSITORY, "examples/migrate.sh"), "move", ...files];
  const place = { cwd: workspace, env: { ...env, PATH: `${bin}:${env.PATH}` } };
  const stopped = await run(argv, place);
  assert.equal(stopped.code, 20, stopped.stderr);
  assert.match(stopped.stderr, /^Approve it: agent-sessions gate approve move\/plan$/m);
  assert.equal((await cli.run(["gate", "approve", "move/plan", "Mind the tests."])).code, 0);
  for (let kill = 0; kill < 10; kill += 1) {
    const running = start(argv, { ...place, ownGroup: true });
    // Never at the last file: the script might have ended when the signal comes.
    const file = files[Math.min(2 * kill + Math.round(Math.random()), files.length - 2)];
    await model.received(`Migrate ${file} as planned.`, { timeoutMs: 300_000 });
    await sleep(Math.random() * 300);
    running.killGroup("SIGKILL");
    await running.exited;
  }
  const last = await run(argv, place);
  assert.equal(last.code, 0, last.stderr);
  assert.equal((await run(argv, place)).code, 0, "and once more there is nothing to do");
  const asked = model.requests().map(({ userMessages }) => userMessages.at(-1));
  assert.deepEqual(asked, [
    `Plan how to migrate these files one by one, and change nothing: ${files.join(" ")}`,
    "Your plan is approved. Mind the tests.",
    ...files.map((file) => `Migrate ${file} as planned.`),
  ]);
});
