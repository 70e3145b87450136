import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { OTHER, openPlugin, SESSION } from "../support/cli/open-plugin.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";

test("old checkpoints go together, but none that was saved by hand or is to be resumed next", async (t) => {
  const plugin = openPlugin(t);
  const checkpoint = (...args: string[]) =>
    run([process.execPath, join(REPOSITORY, "dist/cli.cjs"), "checkpoint", ...args], {
      cwd: plugin.project,
      env: plugin.sandbox.env,
    });
  const old = { saved_by: "hook", summary: "" };
  plugin.plant("old", old);
  writeFileSync(join(plugin.sessionsFolder, "old.jsonl"), "{}\n");
  plugin.plant("wanted", old);
  plugin.plant("torn", "{ torn");
  plugin.plant(OTHER);
  await plugin.prompt("hello", SESSION);
  plugin.plantTrigger("wanted");
  const json = await checkpoint("--remove-older-than", "7d", "--json");
  assert.deepEqual(JSON.parse(json.stdout), {
    type: "agent_sessions.checkpoints_removed",
    session_ids: ["old"],
  });
  assert.deepEqual(
    readdirSync(plugin.sessionsFolder).sort(),
    [".gitignore", ".lock", `${SESSION}.json`, `${OTHER}.json`, "torn.json", "wanted.json"].sort(),
  );
  assert.equal((await checkpoint("--remove-older-than", "0s")).stderr, "Deleted 1 checkpoint.\n");
  assert.equal(existsSync(plugin.fileOf(SESSION)), false);
  const both = await checkpoint("--remove-older-than", "7d", "--remove", "wanted");
  assert.deepEqual([both.code, existsSync(plugin.fileOf("wanted"))], [2, true]);
  assert.match((await checkpoint("--remove-older-than", "7")).stderr, /a number and its unit/);
});
