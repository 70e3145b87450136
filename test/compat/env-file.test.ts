import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { isRuledByEnvFile } from "../../src/compat/node-options.ts";
import { listProcesses, wordsOfProcess } from "../../src/system/processes/list.ts";
import { openScript, SCRIPTS } from "../support/cli/script-cli.ts";
import { until } from "../support/run.ts";

test("a program that Node has given the NODE_OPTIONS of an env file starts itself anew, and ends as that one ends", async (t) => {
  const script = openScript(t, "claude");
  const envFile = join(script.sandbox.folder, "env");
  writeFileSync(envFile, "NODE_OPTIONS=--title=ruled\n");
  const refused = await script.run(["create-session", "--env-file", envFile], {});
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^ValueError: Missing session name/);

  const pidTo = join(script.sandbox.folder, "pid");
  const prompt = script.say({ pidTo, waitForFile: join(script.sandbox.folder, "never") }, "hi");
  const words = ["create-session", "--session-name", "x", "--env-file", envFile, "--init-prompt", prompt];
  // By Node itself: the executable's first line has the two dashes.
  const running = script.startByNode(words);
  await until(() => existsSync(pidTo) || undefined, { what: "the agent" });
  const isOurs = (pid: number) => {
    const [, dashes, program, stage] = wordsOfProcess(pid);
    return dashes === "--" && program === SCRIPTS.claude && stage === "create-session";
  };
  assert.ok(listProcesses().some(({ pid, parent }) => parent === running.pid && isOurs(pid)));
  running.kill("SIGTERM");
  const ended = await running.result;
  assert.deepEqual(
    [ended.code, ended.stderr],
    [1, "RuntimeError: The turn was ended: this command got SIGTERM.\n"],
  );
});

test("it starts itself anew only where it must, and never twice", (t) => {
  const { sandbox } = openScript(t, "claude");
  const [options, plain] = [join(sandbox.folder, "options"), join(sandbox.folder, "plain")];
  writeFileSync(options, "A=1\nexport NODE_OPTIONS=--no-warnings\n");
  writeFileSync(plain, "A=1\n# NODE_OPTIONS=--no-warnings\n");
  const isRuled = (args: string[], before: string[] = ["node", "p.mjs"], env = {}) =>
    isRuledByEnvFile({ args, env, parent: 7, commandLine: () => [...before, ...args] });
  assert.equal(isRuled(["resume-json", "--env-file", options]), true);
  assert.equal(isRuled([`--env-file=${options}`]), true);
  assert.equal(isRuled(["--env-file", plain]), false);
  assert.equal(isRuled(["--env-file", "/no/such"]), false);
  assert.equal(isRuled(["--prompt", "x"]), false);
  assert.equal(isRuled(["--", "--env-file", options]), false, "Node reads no further");
  assert.equal(isRuled(["--env-file", options], ["node", "--", "p.mjs"]), false);
  assert.equal(
    isRuled(["--env-file", options], ["node", "p.mjs"], { AGENT_SESSIONS_STARTED_ANEW: "7" }),
    false,
  );
  assert.equal(
    isRuled(["--env-file", options], ["node", "p.mjs"], { AGENT_SESSIONS_STARTED_ANEW: "8" }),
    true,
  );
  const hidden = { args: ["--env-file", options], env: {}, parent: 7, commandLine: () => ["ruled"] };
  assert.equal(isRuledByEnvFile(hidden), true, "a title hides how it was started");
});
