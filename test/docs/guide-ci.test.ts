import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { runBlocks } from "../support/docs/shell-session.ts";
import { guideCommands, readJob, type Step } from "../support/docs/workflow.ts";
import { LOOPBACK_KEY } from "../support/environment.ts";

const INSTALL = guideCommands[0]?.trim().replace(/^npm /, "");

/** What `npm` does here: both programs are installed already, and nothing else may be asked of it. */
const NPM = `npm() { [ "$*" = '${INSTALL}' ]; }`;

test("in CI: every command runs as it stands, and again on a machine where the agent has never been", async (t) => {
  const cli = await openRealCli(t);
  const [, create, ask] = guideCommands;
  const again = [
    'rm -r "$HOME/.claude"',
    create,
    "agent-sessions send nightly --json 'Do you remember?'",
    ask,
  ];
  const all = [...guideCommands, ...again.map((block) => block ?? "")];
  const outputs = await runBlocks(cli, all, { before: NPM });
  assert.equal(outputs[2], "You said: What changed since you last looked?\n");
  assert.equal(outputs[3], "You said: Is anything broken?\n");
  assert.equal(outputs[4], "", "nothing is wrong");
  assert.deepEqual(JSON.parse(outputs[5] ?? "").turns, 3);
  const restored = JSON.parse(outputs[8] ?? "");
  assert.deepEqual([restored.outcome, restored.continuity], ["succeeded", "restored"]);
  assert.deepEqual(outputs[9], outputs[2], "asked once");
  assert.equal(timesAsked(cli, "What changed since you last looked?"), 1);
  assert.ok(readFileSync(join(cli.sandbox.home, "verdict.json"), "utf8").includes("succeeded"));
  assert.equal(
    existsSync(join(cli.workspace, "agent-sessions")),
    false,
    "the state is outside of the checkout",
  );
});

test("the workflow's steps run, continue on the next machine, and ask once in each run", async (t) => {
  const cli = await openRealCli(t);
  const { steps, env } = readJob();
  /** The steps of one run as a machine runs them, each in a shell of its own. */
  const job = (runNumber: number) =>
    steps.flatMap((step) => (step.run === undefined ? [] : [inShell(cli, step, env, runNumber)]));
  const nextMachine = 'rm -r "$HOME/.claude"';
  const outputs = await runBlocks(cli, [...job(7), nextMachine, ...job(7), nextMachine, ...job(8)], {
    before: NPM,
  });
  const [changed, broken] = ["What changed since you last looked?", "Is anything broken?"];
  assert.deepEqual([outputs[2], outputs[3]], [`You said: ${changed}\n`, `You said: ${broken}\n`]);
  assert.equal(outputs[8], outputs[2], "the second attempt got the same answer");
  assert.deepEqual(cli.lastPrompts().slice(1), [changed, broken, broken, changed, broken]);
});

test("the workflow's report fails the job, and says why", async (t) => {
  const cli = await openRealCli(t);
  const { steps, env } = readJob();
  const report = steps.find(({ run }) => run?.includes("verdict"));
  assert.ok(report);
  const before = `agent-sessions() { echo '{"error":{"message":"no money"}}'; return 3; }`;
  const [said] = await runBlocks(cli, [`! ${inShell(cli, report, env, 7)}`], { before });
  assert.equal(said, "the agent failed: no money\n");
});

function inShell(cli: RealCli, step: Step, jobEnv: Record<string, string>, runNumber: number): string {
  const state = join(cli.sandbox.home, "agent-sessions");
  const values: Record<string, string> = {
    "secrets.ANTHROPIC_API_KEY": LOOPBACK_KEY,
    "github.run_number": String(runNumber),
  };
  const filled = (text: string) =>
    text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, name) => values[name] ?? assert.fail(name));
  const env = { ...jobEnv, ...step.env, AGENT_SESSIONS_HOME: state };
  const exports = Object.entries(env).map(([name, value]) => `export ${name}='${filled(value)}'`);
  return ["(", ...exports, step.run, ")"].join("\n");
}

function timesAsked({ model }: RealCli, prompt: string): number {
  return model.requests().filter(({ userMessages }) => userMessages.at(-1) === prompt).length;
}
