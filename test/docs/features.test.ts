import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { openLoopback } from "../support/loopback/loopback.ts";
import { run } from "../support/run.ts";

test("what docs/tests.md says it does names commands that there are and tests that hold them", async (t) => {
  const { env, workspace, close } = await openLoopback();
  t.after(close);
  const section = readFileSync(join(REPOSITORY, "docs/tests.md"), "utf8");
  const rows = [...section.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].slice(2);
  assert.ok(rows.length > 10, String(rows.length));
  const words = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
  const verbs = new Map<string, string>();
  for (const [, what, commands, tests] of rows) {
    assert.notDeepEqual([...words(tests), ""], [""], what);
    for (const path of words(tests)) assert.ok(existsSync(join(REPOSITORY, path)), path);
    for (const command of words(commands)) {
      const [verb = "", option] = command.split(" ");
      if (verb.startsWith("--") || verb.endsWith("-invoke-persist")) continue;
      const helped = await run([process.execPath, CLI, verb, "--help"], { cwd: workspace, env });
      assert.equal(helped.code, 0, command);
      verbs.set(verb, helped.stdout);
      if (option !== undefined) assert.ok(helped.stdout.includes(option), command);
    }
  }
  assert.ok(verbs.size > 12, [...verbs.keys()].join(" "));
});
