import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { chooseAgent, readChoice } from "../../demo/quick-agent.ts";
import { REPOSITORY } from "../support/environment.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { run } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a wrapper around an agent is not run unasked: it may bring a key of its own", (t) => {
  const folder = tempFolder(t);
  const called = join(folder, "called");
  writeFileSync(join(folder, "claude"), `#!/bin/sh\ntouch ${called}\necho 2.1.332\n`, { mode: 0o755 });
  const chosen = chooseAgent(undefined, folder);
  assert.equal(chosen.version, undefined);
  assert.match(chosen.reasons.join("\n"), /claude is a script.*--agent claude\nThere is no codex/);
  assert.equal(existsSync(called), false);
  assert.equal(chooseAgent("claude", folder).version, "2.1.332");
  assert.equal(existsSync(called), true);
});

test("the agent of PATH, unless it does not run; what was asked for, or an error", (t) => {
  const folder = tempFolder(t);
  const { claude } = realAgents();
  assert.equal(chooseAgent(undefined, dirname(claude)).file, claude);
  assert.equal(chooseAgent("scripted", dirname(claude)).version, undefined);
  writeFileSync(join(folder, "codex"), "#!/usr/bin/env node\nprocess.exit(1)\n");
  chmodSync(join(folder, "codex"), 0o755);
  assert.match(chooseAgent(undefined, folder).reasons.at(-1) ?? "", /codex --version fails/);
  assert.throws(() => chooseAgent("codex", folder), /--version fails.*--agent scripted/);
  assert.throws(() => chooseAgent("claude", folder), /There is no claude on your PATH.*--agent scripted/);
  for (const args of [["--agent", "claude"], ["--agent=claude"]]) assert.equal(readChoice(args), "claude");
  assert.equal(readChoice([]), undefined);
  for (const args of [["--agent"], ["--agent", "gemini"], ["claude"]])
    assert.throws(() => readChoice(args), /--agent/);
});

test("with the scripted agent: exit 0, what comes next, and nothing is left behind", async (t) => {
  const told = await play(t, {});
  assert.match(told, /There is no claude on your PATH\.\n.*\n.*scripted stand-in/);
});

test("with the agent of PATH, which asks the model on loopback alone", async (t) => {
  const told = await play(t, { claude: realAgents().claude });
  assert.match(
    told,
    /The agent is claude 2\.\d+\.\d+ .*\nIts model is a stand-in, at http:\/\/127\.0\.0\.1:/,
  );
});

/** Runs the small demo with nothing but these programs on PATH, and node. */
async function play(t: TestContext, programs: Record<string, string>): Promise<string> {
  const folder = tempFolder(t);
  const [bin, temporary] = [join(folder, "bin"), join(folder, "tmp")];
  for (const made of [bin, temporary]) mkdirSync(made);
  for (const [name, file] of Object.entries({ node: process.execPath, ...programs }))
    symlinkSync(file, join(bin, name));
  const argv = [process.execPath, "scripts/run-source.mjs", "demo/quick.ts"];
  const { code, stdout, stderr } = await run(argv, {
    cwd: REPOSITORY,
    env: { PATH: bin, HOME: folder, TMPDIR: temporary },
  });
  assert.deepEqual([code, stderr], [0, ""], stdout);
  assert.deepEqual(readdirSync(temporary), []);
  assert.match(
    stdout,
    /npm install -g \.\/agent-sessions-[\d.]+\.tgz\n.*agent-sessions create review "[^"]+"\n$/,
  );
  return stdout;
}
