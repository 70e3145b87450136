import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { GateRecord } from "../../src/domain/gate/gate.ts";
import { Gates } from "../../src/stores/file/gates.ts";
import { StateHome } from "../../src/stores/file/home.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { type Running, start } from "../support/run.ts";
import { workerArgv } from "../support/worker.ts";

const ID = "r/plan";

interface Opened {
  start(task: "ask" | "answer", times: number): Running;
  read(): GateRecord;
  folder: string;
}

async function open(t: TestContext): Promise<Opened> {
  const { sandbox, here } = openFakeCli(t);
  const { workspace, env } = sandbox;
  const home = new StateHome(env.AGENT_SESSIONS_HOME ?? "");
  assert.equal((await here(["gate", ID, "--shows", "/etc/hostname"])).code, 20);
  return {
    start: (task, times) =>
      start([...workerArgv("answer"), task, workspace, ID, String(times)], { cwd: workspace, env }),
    read: () => new Gates(home).read({ workspace, id: ID }) ?? assert.fail("the gate is gone"),
    folder: home.gatesFolder,
  };
}

const linesOf = (running: Running) => running.stdout().split("\n").slice(0, -1);

/** The notes of all answers that are on record. */
function notesIn({ answer, earlier }: GateRecord): Set<string | undefined> {
  return new Set([...earlier, answer].map((one) => one?.note));
}

test("two who ask and two who answer at once lose no answer, and tear nothing", async (t) => {
  const { start, read, folder } = await open(t);
  const running = [start("ask", 20), start("ask", 20), start("answer", 40), start("answer", 40)];
  const results = await Promise.all(running.map(({ result }) => result));
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  const kept = notesIn(read());
  const said = running.flatMap(linesOf);
  assert.ok(said.length > 4, `${said.length} answers that counted`);
  for (const note of said) assert.ok(kept.has(note), `${note} was acknowledged`);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith(".")),
    [],
  );
});

test("killed at random, what was acknowledged is there, and the next command goes on", async (t) => {
  const { start, read } = await open(t);
  for (let round = 0; round < 12; round += 1) {
    const running = start("answer", 10_000);
    await running.waitFor((out) => out.includes("\n"), { timeoutMs: 60_000 });
    await sleep(Math.random() * 40);
    running.kill("SIGKILL");
    await running.result;
    const last = linesOf(running).at(-1);
    assert.ok(notesIn(read()).has(last), `round ${round}: ${last} was acknowledged`);
  }
});
