import assert from "node:assert/strict";
import test from "node:test";
import { openFleet } from "../support/cli/fleet.ts";
import { until } from "../support/until.ts";

test("status tells from another machine what a turn does, since when, what it has used, and who runs it", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const [client, machine] = [fleet.machine("client"), fleet.machine("worker")];
  const worker = await machine.work(["--agents", "claude"]);
  const [, name = ""] = /Worker (\S+) takes turns/.exec(worker.stderr()) ?? [];
  let letGo: (answer: string) => void = () => undefined;
  const held = new Promise<string>((resolve) => {
    letGo = resolve;
  });
  let rounds = 0;
  fleet.model.when("work", (request) => {
    rounds = request.toolRounds;
    const read = { name: "Read", args: { file_path: `${machine.workspace}/.git/HEAD` } };
    return request.toolRounds === 0 ? { toolCalls: [read], next: "" } : held;
  });
  // Claude Code tells what it uses on the way only together with the pieces of its text.
  const sent = client.start(["create", "job", "-a", "claude", "--events", "--partials", "work"]);
  await until(() => rounds === 1, { what: "the tool has run" });
  type Turn = Record<string, unknown>;
  const turnOf = async () => ((await client.run(["status", "--json"])).json.turns as Turn[])[0] ?? {};
  await until(async () => Number((await turnOf()).output_bytes) > 0, { what: "the output" });
  const turn = await turnOf();
  assert.deepEqual([turn.reason, turn.worker, turn.problem], ["running", name, null]);
  assert.ok(Math.abs(Date.parse(String(turn.since)) - Date.now()) < 60_000);
  assert.ok(Math.abs(Date.parse(String(turn.last_output_at)) - Date.now()) < 60_000);
  assert.deepEqual((turn.doing as { what: string }).what, "thinking", JSON.stringify(turn.doing));
  assert.ok(Number(turn.tokens) > 0, JSON.stringify(turn));
  const { windows } = (await machine.run(["status", "--json"])).json;
  assert.deepEqual(windows, [], "on the worker's machine, its agent is no other program");
  const table = (await client.run(["status"])).stdout;
  assert.ok(table.includes(`running on ${name}`) && / tokens/.test(table), table);
  letGo("done");
  assert.equal((await sent.result).code, 0, worker.stderr());
});

test("whoever asks where no worker takes the turn is told, and so is whoever looks", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const client = fleet.machine("client");
  const why = /No worker takes turns of claude in git:\S+ now\./;
  const left = await client.run(["create", "left", "-a", "claude", "--detach", "hello"]);
  assert.equal(left.code, 0);
  assert.match(left.stderr, why);
  const waiting = client.start(["create", "waiting", "-a", "claude", "hello"]);
  await until(() => why.test(waiting.stderr()), { what: "it is told" });
  const turns = (await client.run(["status", "--json"])).json.turns as { problem: string | null }[];
  assert.equal(turns.length, 2);
  for (const { problem } of turns) assert.match(problem ?? "", why);
  assert.match((await client.run(["status"])).stdout, why);
  await fleet.machine("worker").work(["--agents", "claude"]);
  assert.equal((await waiting.result).code, 0);
  assert.equal(waiting.stderr().match(/No worker takes/g)?.length, 1, "it is told once");
  assert.equal((await client.run(["wait", "left"])).code, 0);
  const taken = await client.run(["send", "left", "--detach", "again"]);
  assert.doesNotMatch(taken.stderr, /No worker/);
});

test("cancel names the worker that does not answer, and the turn ends when it does", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const client = fleet.machine("client");
  const worker = await fleet.machine("worker").work(["--agents", "claude"]);
  const [, name = ""] = /Worker (\S+) takes turns/.exec(worker.stderr()) ?? [];
  let isAsked = false;
  fleet.model.when("work", () => {
    isAsked = true;
    return new Promise<string>(() => undefined);
  });
  const sent = client.start(["create", "job", "-a", "claude", "work"]);
  await until(() => isAsked, { what: "the agent works" });
  worker.kill("SIGSTOP");
  const { code, stderr } = await client.run(["cancel", "job"]);
  assert.equal(code, 5);
  assert.ok(stderr.includes(`was asked to end, but its worker ${name} has not answered.`), stderr);
  worker.kill("SIGCONT");
  assert.equal((await sent.result).code, 130);
});

test("two workers with homes of their own on one machine have different names, each the same again", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const nameOf = (stderr: string) => /Worker (\S+) takes turns/.exec(stderr)?.[1];
  const [one, two] = [fleet.machine("one"), fleet.machine("two")];
  const first = await one.work(["--agents", "claude"]);
  const second = await two.work(["--agents", "claude"]);
  assert.notEqual(nameOf(first.stderr()), nameOf(second.stderr()));
  const served = async () => {
    const { workers = [] } = (await one.run(["store", "status", "--json"])).json as {
      workers?: { worker: string }[];
    };
    return workers.map(({ worker }) => worker).toSorted();
  };
  const both = [nameOf(first.stderr()), nameOf(second.stderr())].toSorted();
  await until(async () => (await served()).length === 2, { what: "both are listed" });
  assert.deepEqual(await served(), both);
  first.kill("SIGTERM");
  await first.exited;
  assert.match(first.stderr(), /has stopped after 0 turns\.\n$/);
  assert.deepEqual(await served(), [nameOf(second.stderr())], "one that has stopped is not listed");
  const again = await one.work(["--agents", "claude"]);
  assert.equal(nameOf(again.stderr()), nameOf(first.stderr()));
});

test("a create whose deadline passes while it waits in line gives its name back", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const client = fleet.machine("client");
  const late = await client.run(["create", "job", "-a", "claude", "--deadline", "1s", "--json", "hello"]);
  assert.deepEqual([late.code, late.json.error?.code], [6, "deadline"], late.stdout + late.stderr);
  const rows = await fleet.database.run("select reserved_by from agent_sessions.name");
  assert.deepEqual(
    rows.map(({ reserved_by }) => reserved_by),
    [null],
  );
  const worker = await fleet.machine("worker").work(["--agents", "claude"]);
  const created = await client.run(["create", "job", "-a", "claude", "--json", "hello"]);
  assert.equal(created.code, 0, created.stdout + worker.stderr());
});
