import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

test("a role that is set while a turn moves the conversation holds where it has moved, and so does its access", async (t) => {
  const cli = openFakeCli(t);
  const roleFile = (word: string) => {
    const path = join(cli.sandbox.folder, `${word}.md`);
    writeFileSync(path, `You are ${word}.\n`);
    return path;
  };
  await cli.here(["create", "x", "-r", roleFile("first"), "--access", "read-only", cli.say({}, "one")]);
  const gate = join(cli.sandbox.folder, "gate");
  const sessionId = "11111111-2222-4333-8444-555555555555";
  const moving = cli.start([
    "send",
    "x",
    "--json",
    cli.say({ sessionId, carryOver: true, waitForFile: gate }, "two"),
  ]);
  await until(() => cli.records().length === 2, { what: "the turn to begin" });
  assert.equal((await cli.here(["role", "set", "x", roleFile("second")])).code, 0);
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await moving.result).stdout).continuity, "rotated");
  const { json } = await cli.here(["show", "x", "--json"]);
  assert.deepEqual([json.session_id, json.role, json.access], [sessionId, "You are second.\n", "read-only"]);
});
