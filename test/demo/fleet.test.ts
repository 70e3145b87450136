import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { REPOSITORY } from "../support/environment.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { findBinaries } from "../support/postgres/binaries.ts";
import { type Running, start } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a machine is killed in mid-turn, and the other one answers; nothing is left behind", async (t) => {
  const played = play(t, ["--fleet"]);
  if (played === undefined) return;
  const { code, stdout, stderr } = await played.demo.result;
  assert.deepEqual([code, stderr], [0, ""], stdout + stderr);
  const [, lost] = /# (machine [12]) is gone in the middle/.exec(stdout) ?? [];
  const [, heir] = /(machine [12]) had the conversation from the database/.exec(stdout) ?? [];
  assert.deepEqual([lost, heir].toSorted(), ["machine 1", "machine 2"], stdout);
  assert.match(stdout, /\nThe release is called banana\.\n/);
  assert.match(stdout, /\n✓ .*one conversation \(\d+\.\d s\)/);
  played.assertClean(stdout);
});

test("Ctrl-C while a machine is missing: everything ends, nothing is left behind", async (t) => {
  const played = play(t, ["--fleet"]);
  if (played === undefined) return;
  const { demo } = played;
  await demo.waitFor((stdout) => stdout.includes("agent-sessions wait"), { timeoutMs: 60_000 });
  demo.kill("SIGINT");
  const { code, stdout, stderr } = await demo.result;
  assert.equal(code, 130, stderr);
  played.assertClean(stdout);
});

test("a word that the demo does not know is an error", async (t) => {
  const played = play(t, ["--flet"]);
  if (played === undefined) return;
  const { code, stderr } = await played.demo.result;
  assert.equal(code, 1);
  assert.match(stderr, /There is no --flet here\. Give --fleet/);
});

interface Played {
  demo: Running;
  assertClean(stdout: string): void;
}

function play(t: TestContext, words: readonly string[]): Played | undefined {
  realAgents();
  const folder = tempFolder(t);
  const found = findBinaries(folder);
  if ("missing" in found) {
    t.skip(found.missing);
    return undefined;
  }
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const demo = start([process.execPath, "scripts/run-source.mjs", "demo/demo.ts", ...words], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: temporary, LANG: "C.UTF-8" },
  });
  t.after(() => demo.kill("SIGKILL"));
  return {
    demo,
    assertClean: (stdout) => {
      assert.deepEqual(readdirSync(temporary), []);
      const [, server = ""] = /tables of postgres:\/\/postgres@(\/tmp\/pg-\w+)\//.exec(stdout) ?? [];
      assert.notEqual(server, "", stdout);
      assert.equal(existsSync(server), false, `${server} is left behind.`);
    },
  };
}
