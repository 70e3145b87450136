import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { run, start } from "../support/run.ts";
import { makeFile, SESSION_ID } from "../support/travel/make-file.ts";
import { until } from "../support/until.ts";

const CLI = join(import.meta.dirname, "../../dist/cli.cjs");

/** Begins an import whose agent never answers, once the transcript is at its place. */
async function beginImport(cli: RealCli) {
  const file = join(cli.sandbox.folder, "file.gz");
  makeFile(file);
  const folder = join(cli.sandbox.folder, "bin");
  mkdirSync(folder);
  const asked = join(cli.sandbox.folder, "asked");
  writeFileSync(join(folder, "claude"), `#!/bin/sh\n: > '${asked}'\nexec sleep 1000\n`);
  chmodSync(join(folder, "claude"), 0o755);
  const env = { ...cli.env, PATH: `${folder}:${cli.env.PATH}` };
  const importing = start([process.execPath, CLI, "import", file, "--json"], { cwd: cli.workspace, env });
  await until(() => existsSync(asked) || undefined, { what: "the agent to be asked", timeoutMs: 30_000 });
  return { file, importing };
}

const transcripts = ({ sandbox: { home } }: RealCli) =>
  existsSync(join(home, ".claude/projects"))
    ? readdirSync(join(home, ".claude/projects"), { recursive: true, encoding: "utf8" })
    : [];
const staged = ({ env }: RealCli) => readdirSync(join(String(env.AGENT_SESSIONS_HOME), "imports"));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`an import that is ended by ${signal} leaves nothing behind`, async (t) => {
    const cli = await openRealCli(t);
    const { importing } = await beginImport(cli);
    assert.equal(transcripts(cli).filter((path) => path.includes(SESSION_ID)).length, 1);
    importing.kill(signal);
    const { code, stdout } = await importing.result;
    assert.equal(code, signal === "SIGINT" ? 130 : 143, stdout);
    assert.match(stdout, /nothing was changed/);
    assert.deepEqual([transcripts(cli), staged(cli)], [[], []]);
    assert.deepEqual((await cli.run(["list", "--json"])).json.names, []);
  });
}

test("an import that is killed is taken back by the next one, which then succeeds", async (t) => {
  const cli = await openRealCli(t);
  const { file, importing } = await beginImport(cli);
  importing.kill("SIGKILL");
  await importing.exited;
  assert.deepEqual((await cli.run(["list", "--json"])).json.names, []);
  assert.equal(staged(cli).length, 1);
  const again = await cli.run(["import", file, "--json"]);
  assert.equal(again.code, 0, again.stdout);
  assert.deepEqual(staged(cli), []);
  const sent = await cli.run(["send", "brought", "--json", "more"]);
  assert.deepEqual([sent.json.outcome, sent.json.continuity], ["succeeded", "restored"], sent.stdout);
  assert.deepEqual(cli.lastPrompts(), ["hello", "more"]);
});

test("what a killed import has put there is taken back by gc", async (t) => {
  const cli = await openRealCli(t);
  const { importing } = await beginImport(cli);
  importing.kill("SIGKILL");
  await importing.exited;
  await run([process.execPath, CLI, "gc"], { cwd: cli.workspace, env: cli.env });
  assert.deepEqual([transcripts(cli), staged(cli)], [[], []]);
});
