import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI } from "../support/cli/fake-cli.ts";
import { openScript } from "../support/cli/script-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";

const SKILL = join(REPOSITORY, "dist/carried/skills/claude-code-invoke-persist/scripts/invoke_persist.mjs");

test("programs of different ages share one state home: what a newer one adds survives, what it changes is refused", async (t) => {
  const script = openScript(t, "claude");
  const { env, workspace } = script.sandbox;
  await script.run(["create-session", "--session-name", "x"]);
  const state = env.AGENT_SESSIONS_HOME ?? "";
  const files = (name: string) =>
    readdirSync(state, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(name))
      .map((path) => join(state, path));
  const skill = (...args: string[]) => run([process.execPath, SKILL, ...args], { cwd: workspace, env });

  const [record = ""] = files("record.json");
  writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, "utf8")), future: { a: 1 } }));
  const [log = ""] = files("names").flatMap((path) =>
    readdirSync(path).map((scope) => join(path, scope, "log.jsonl")),
  );
  const line = { at: "2026-11-21T00:00:00.000Z", edits: [{ op: "pin", name: "x" }], future: true };
  writeFileSync(log, `${JSON.stringify(line)}\n`, { flag: "a" });
  assert.deepEqual(Object.keys(JSON.parse((await skill("list-sessions")).stdout).aliases), ["x"]);
  await script.run(["resume-json", "--session-name", "x", "--prompt", "hi"]);
  assert.deepEqual(JSON.parse(readFileSync(record, "utf8")).future, { a: 1 });

  const content = readFileSync(log, "utf8");
  writeFileSync(log, content.replace('{"v":1,', '{"v":2,'));
  const refused = await skill("list-sessions");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /has format 2; this version knows up to 1\. Update agent-sessions/);
  const ours = await run([process.execPath, CLI, "list", "--json"], { cwd: workspace, env });
  assert.deepEqual([ours.code, JSON.parse(ours.stdout).error.code], [8, "state_newer"]);
  assert.equal(readFileSync(log, "utf8"), content.replace('{"v":1,', '{"v":2,'), "nothing was written");
});
