import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { openFleet } from "../support/cli/fleet.ts";
import { until } from "../support/until.ts";

const errorOf = (json: object) => (json as { error: Record<string, unknown> }).error;

test("a window on its worker's machine holds a turn up: status and whoever follows it say so, until it is closed", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const [client, machine] = [fleet.machine("client"), fleet.machine("worker")];
  const worker = await machine.work(["--agents", "claude"]);
  const [, name = ""] = /Worker (\S+) takes turns/.exec(worker.stderr()) ?? [];
  const created = await client.run(["create", "review", "-a", "claude", "--json", "first"]);
  assert.equal(created.code, 0, created.stderr + worker.stderr());
  const records = join(machine.sandbox.home, ".claude/sessions");
  const window = join(records, "window.json");
  const { pid } = process;
  mkdirSync(records, { recursive: true });
  writeFileSync(
    window,
    JSON.stringify({
      pid,
      procStart: identifyProcess(pid)?.start,
      sessionId: created.json.session_id,
      entrypoint: "cli",
      status: "idle",
    }),
  );
  const why = `Claude Code has "review" open in a window (process ${pid}), on the machine of worker ${name}.`;

  const failed = await client.run(["send", "review", "--if-busy", "fail", "--json", "at once"]);
  assert.equal(failed.code, 5, failed.stdout);
  const error = errorOf(failed.json);
  assert.deepEqual(
    [error.code, error.message, error.pid, error.status, error.worker],
    ["busy", `${why} Nothing was sent to "review".`, pid, "idle", name],
  );
  assert.match(String(error.hint), /^Close the window, or send anyway: add --with-open-window/);
  const kept = await client.run(["wait", "review", "--json"]);
  assert.deepEqual([kept.code, errorOf(kept.json).message, errorOf(kept.json).pid], [5, why, pid]);

  const sent = client.start(["send", "review", "--json", "second"]);
  await sent.waitFor((_, stderr) => stderr.includes(`${why} Turn `), { what: "the follower is told" });
  type Turn = { turn_id: string; problem: string | null };
  const look = async () => ((await client.run(["status", "--json"])).json.turns as Turn[])[0];
  // Now and then the worker looks again whether the window is open.
  for (let times = 0; times < 3; times += 1) assert.equal((await look())?.problem, why);
  const shown = (await client.run(["show", "review", "--json"])).json as Record<string, unknown>;
  const { state, waits_because } = shown.busy as Record<string, unknown>;
  assert.deepEqual([state, waits_because, shown.queued], ["queued", why, 1]);
  const text = (await client.run(["show", "review"])).stdout;
  assert.ok(/state +queued for [\d.]+ s: Claude Code has/.test(text), text);
  const table = (await client.run(["status"])).stdout;
  assert.ok(table.includes(why.slice(0, 60)), table);
  rmSync(window);
  const { code, stdout, stderr } = await sent.result;
  assert.equal(code, 0, stderr + stdout + worker.stderr());
  assert.equal(stderr.split(why).length, 2, "it is told once");
  await until(async () => (await look()) === undefined, { what: "nothing waits" });
});
