// The process of a turn over ACP, when it or its agent is ended.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { listProcesses, wordsOfProcess } from "../../src/system/processes/list.ts";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/until.ts";

const ACP_RUN = join(REPOSITORY, "dist/acp-run.cjs");
const AGENT = join(REPOSITORY, "test/support/fake-agent/acp.mjs");

/** A turn by an agent that does `what`, and never gets to its end. */
async function startTurn(t: TestContext, what: string) {
  const folder = mkdtempSync(join(tmpdir(), "as-acp-"));
  const settings = { session: { kind: "new" }, keeps: true, namesAgent: true, partials: false };
  const turn = spawn(process.execPath, [ACP_RUN, JSON.stringify(settings), AGENT, what, folder], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  let text = "";
  turn.stdout.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  turn.stdin.end("hello");
  const agents = () =>
    listProcesses().filter(({ pid }) => pid !== turn.pid && wordsOfProcess(pid).at(-1) === folder);
  const exited = once(turn, "exit");
  t.after(() => {
    for (const { pid } of agents()) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true });
  });
  await until(() => text.includes('"type":"session"'), { what: "the session" });
  return {
    turn,
    agents,
    exited,
    lines: () =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
  };
}

test("SIGTERM cancels the turn as the agent does it, and exits with 143", async (t) => {
  const { turn, agents, exited, lines } = await startTurn(t, "cancels");
  turn.kill("SIGTERM");
  assert.deepEqual(await exited, [143, null]);
  const { type, is_error, reason } = lines().at(-1);
  assert.deepEqual([type, is_error, reason], ["result", true, "cancelled"]);
  assert.deepEqual(agents(), []);
});

test("an agent that does not hear the cancel is killed", async (t) => {
  const { turn, agents, exited } = await startTurn(t, "deaf");
  turn.kill("SIGINT");
  assert.deepEqual(await exited, [130, null]);
  assert.deepEqual(agents(), []);
});

test("SIGKILL of the process ends the agent", async (t) => {
  const { turn, agents, exited } = await startTurn(t, "never-ends");
  turn.kill("SIGKILL");
  await exited;
  await until(() => agents().length === 0, { what: "the end of the agent" });
});

test("SIGKILL of the agent ends the process, without a result", async (t) => {
  const { agents, exited, lines } = await startTurn(t, "never-ends");
  for (const { pid } of agents()) process.kill(pid, "SIGKILL");
  assert.deepEqual(await exited, [1, null]);
  assert.equal(lines().at(-1).type, "session");
});
