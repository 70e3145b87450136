import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { GenerationLock } from "../../src/system/locks/generation-lock.ts";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/until.ts";

const DEADLINES = [
  ["claude", "in front"],
  ["claude", "in the background"],
  ["codex", "in front"],
  ["codex", "in the background"],
] as const;

// All at once: they wait for most of the time.
test("a deadline spares nobody of the turn, whoever ignores signals and holds its output", {
  concurrency: true,
}, async (t) => {
  await Promise.all(
    DEADLINES.map(([agent, where]) => t.test(`${agent}, ${where}`, (t) => hasSparedNobody(t, agent, where))),
  );
});

async function hasSparedNobody(
  t: TestContext,
  agent: string,
  where: (typeof DEADLINES)[number][1],
): Promise<void> {
  const isDetached = where === "in the background";
  const cli = openFakeCli(t);
  await cli.run(["create", "x", "-a", agent]);
  const pidFiles = ["agent", "session", "daemon"].map((name) => join(cli.sandbox.folder, name));
  const [agentFile = "", sessionFile = "", daemonFile = ""] = pidFiles;
  const stubborn = { ignoreSigint: true, ignoreSigterm: true };
  const common = { holdStdout: true, ignoreSigterm: true, sleepMs: 120_000 };
  const prompt = cli.say(
    {
      ...stubborn,
      pidTo: agentFile,
      sleepMs: 120_000,
      grandchild: { ...common, setsid: true, pidTo: sessionFile },
      daemon: { ...common, pidTo: daemonFile },
    },
    "hang",
  );
  // Long enough for a busy machine to start the agent and all that it leaves; it counts from the asking.
  const deadlineMs = 10_000;
  const args = ["--deadline", `${deadlineMs}ms`, "--json", prompt];
  const startedMs = performance.now();
  if (isDetached) await cli.run(["send", "x", "--detach", ...args]);
  const result = await cli.run(isDetached ? ["wait", "x", "--json"] : ["send", "x", ...args]);
  const tookMs = performance.now() - startedMs - deadlineMs;
  assert.deepEqual([result.code, result.json.outcome], [6, "deadline"], result.stdout);
  assert.equal(result.json.error?.code, "deadline");
  // Five seconds on a quiet machine. Here only: not as long as the agent would have gone on.
  assert.ok(tookMs < 40_000, `took ${tookMs} ms more`);
  for (const file of pidFiles) {
    const pid = Number(readFileSync(file, "utf8"));
    assert.ok(pid > 0);
    assert.equal(identifyProcess(pid), undefined, `${file} is gone`);
  }
}

test("a deadline of a create ends its patience with names that are locked", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const names = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "names");
  const [scope = ""] = readdirSync(names);
  const release = new GenerationLock(join(names, scope, "lock")).tryTake({ since: new Date().toISOString() });
  assert.ok(release);
  // What another tool has written is taken over under the lock, by whoever reads the names next.
  const views = join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
  const view = join(views, readdirSync(views)[0] ?? "", "claude-code-alias-mapping.json");
  writeFileSync(view, readFileSync(view, "utf8").replace('"x"', '"z"'));
  for (const args of [[], ["--detach"]]) {
    const late = await cli.run(["create", "y", ...args, "--deadline", "500ms", "--json", cli.say({}, "hi")]);
    assert.deepEqual([late.code, late.json.error?.code], [6, "deadline"], late.stdout);
  }
  release();
  assert.equal((await cli.run(["create", "y"])).code, 0, "nothing was left of it");
});

const ENDED_ELSEWHERE = [
  ["--deadline", "8s", 6, "deadline", "SIGCONT"],
  ["--deadline", "8s", 6, "deadline", "SIGKILL"],
  ["--max-output", "200kB", 3, "output_limit", "SIGCONT"],
] as const;

test("a limit is kept by the next command where its own was stopped, and told once that", {
  concurrency: true,
}, async (t) => {
  const title = ([option, , , , signal]: (typeof ENDED_ELSEWHERE)[number]) =>
    `${signal === "SIGCONT" ? "goes on" : "is killed"}: ${option}`;
  await Promise.all(ENDED_ELSEWHERE.map((one) => t.test(title(one), (t) => isKeptElsewhere(t, one))));
});

async function isKeptElsewhere(
  t: TestContext,
  [option, value, code, outcome, signal]: (typeof ENDED_ELSEWHERE)[number],
): Promise<void> {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const flood = { stdoutLines: 1_000, stdoutLineBytes: 30_000, lineEveryMs: 100 };
  const script = option === "--deadline" ? { sleepMs: 120_000 } : flood;
  const stopped = cli.start(["send", "x", option, value, "--json", cli.say(script, "one")]);
  await until(() => cli.records().length === 1, { what: "the agent to start" });
  stopped.kill("SIGSTOP");
  const pid = cli.records()[0]?.pid ?? 0;
  assert.ok(identifyProcess(pid));
  const said: string[] = [];
  const meet = async () => {
    said.push((await cli.run(["status"])).stderr);
    return identifyProcess(pid) === undefined;
  };
  await until(meet, { what: "the agent to be ended", everyMs: 100 });
  assert.match(
    said.join(""),
    new RegExp(`has been ended.*process ${stopped.pid}.*kill -CONT ${stopped.pid}`),
  );
  const { turns } = (await cli.run(["status", "--json"])).json;
  const [turn] = turns as { reason: string; problem: string }[];
  assert.match(`${turn?.reason} ${turn?.problem}`, /^running The command that runs the turn is stopped/);
  const waiting = await cli.run(["wait", "x", "--timeout", "200ms", "--json"]);
  assert.deepEqual([waiting.code, waiting.json.error?.code], [5, "still_running"], waiting.stdout);
  assert.match(waiting.stderr, new RegExp(`process ${stopped.pid}`));
  stopped.kill(signal);
  const told = signal === "SIGCONT" ? await stopped.result : await cli.run(["wait", "x", "--json"]);
  if (signal === "SIGCONT") assert.equal((await stopped.exited).code, code, told.stderr);
  assert.equal(JSON.parse(told.stdout).outcome, outcome, told.stdout);
  assert.match(JSON.parse(told.stdout).error.message, /deadline|more than the limit of 200000/);
  const next = await cli.run(["send", "x", "--json", cli.say({}, "two")]);
  assert.equal(next.json.outcome, "succeeded", next.stdout);
  const { stdout } = await cli.run(["history", "x", "--json"]);
  assert.equal(stdout.split(`"outcome":"${outcome}"`).length - 1, 1, stdout);
}
