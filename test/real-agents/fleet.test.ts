import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFleet } from "../support/cli/fleet.ts";
import { until } from "../support/until.ts";

for (const agent of ["claude", "codex"])
  test(`${agent}: one conversation over three machines that share nothing but the database`, async (t) => {
    const fleet = await openFleet(t);
    if (fleet === undefined) return;
    const { model } = fleet;
    const machines = [fleet.machine("shop"), fleet.machine("shop copy"), fleet.machine("srv/shop")];
    const client = fleet.machine("client");
    const prompts = ["first", "second", "third", "fourth"];
    let sessionId: unknown;
    for (const [at, prompt] of prompts.entries()) {
      const machine = machines[at % machines.length];
      assert.ok(machine);
      const worker = await machine.work(["--agents", agent]);
      const asked =
        at === 0
          ? await client.run(["create", "review", "-a", agent, "--json", prompt])
          : await client.run(["send", "review", "--json", prompt]);
      assert.equal(asked.code, 0, `${asked.stderr}${asked.stdout}${worker.stderr()}`);
      sessionId ??= asked.json.session_id;
      assert.deepEqual(
        [asked.json.outcome, asked.json.session_id, asked.json.workspace],
        ["succeeded", sessionId, client.workspace],
      );
      assert.deepEqual(model.requests().at(-1)?.userMessages, prompts.slice(0, at + 1));
      const served = model.requests().at(-1)?.usage;
      const usage = asked.json.usage as Record<string, unknown>;
      assert.deepEqual(
        [usage.input_tokens, usage.output_tokens],
        [served?.inputTokens, served?.outputTokens],
        "the usage of this turn alone",
      );
      worker.kill("SIGTERM");
      assert.equal((await worker.exited).code, 0, worker.stderr());
    }
    const [first] = machines;
    assert.ok(first);
    const { json: history } = await first.run(["history", "review", "--json"]);
    assert.deepEqual(
      (history.turns as { prompt: string }[]).map(({ prompt }) => prompt),
      prompts,
    );
    const listed = (await client.run(["list", "--json"])).json;
    assert.equal(listed.count, 1);
  });

test("what is asked on one machine is waited for, followed, cancelled and listed from another", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const { model } = fleet;
  const [client, other] = [fleet.machine("client"), fleet.machine("other")];
  const created = await client.run(["create", "review", "-a", "claude", "--detach", "--json", "first"]);
  assert.equal(created.code, 0, created.stderr + created.stdout);
  const early = (await other.run(["status", "--json"])).json;
  assert.deepEqual(
    (early.turns as { reason: string; name: string }[]).map(({ reason, name }) => [reason, name]),
    [["queued", "review"]],
    "it waits for a worker",
  );
  const worker = await fleet.machine("worker").work(["--agents", "claude"]);
  const first = await other.run(["wait", "review", "--json"]);
  assert.deepEqual([first.code, first.json.turn_id], [0, created.json.turn_id], first.stdout + first.stderr);

  let letGo: (answer: string) => void = () => undefined;
  const held = new Promise<string>((resolve) => {
    letGo = resolve;
  });
  model.when("second", () => held);
  const once = ["send", "review", "--request-id", "r1", "--detach", "--json", "second"];
  const second = await client.run(once);
  assert.deepEqual((await other.run(once)).json.turn_id, second.json.turn_id, "one request, one turn");
  const attached = other.start(["attach", "review", "--stream"]);
  const third = await other.run(["send", "review", "--detach", "--json", "third"]);
  const busy = await other.run(["send", "review", "--if-busy", "fail", "--json", "fourth"]);
  assert.deepEqual([busy.code, busy.json.error?.code], [5, "busy"], busy.stdout);
  const cancelled = await client.run(["cancel", "review", "--turn", String(third.json.turn_id), "--json"]);
  assert.deepEqual([cancelled.code, cancelled.json.cancelled], [0, true], cancelled.stdout);
  letGo("the second answer");
  const stream = await attached.result;
  assert.match(stream.stdout, /the second answer/);
  const waited = await client.run(["wait", "review", "--turn", String(second.json.turn_id), "--json"]);
  assert.deepEqual(
    [waited.code, waited.json.text],
    [0, "the second answer"],
    waited.stdout + worker.stderr(),
  );

  model.when("hangs", () => new Promise(() => undefined));
  const hanging = await client.run(["send", "review", "--detach", "--json", "hangs"]);
  const ended = await other.run(["cancel", "review", "--turn", String(hanging.json.turn_id), "--json"]);
  assert.deepEqual([ended.code, ended.json.cancelled], [0, true], ended.stdout + worker.stderr());
  const late = await client.run(["send", "review", "--deadline", "2s", "--json", "hangs"]);
  assert.deepEqual([late.code, late.json.outcome], [6, "deadline"], late.stdout + late.stderr);

  await client.run(["rename", "review", "plan"]);
  const shown = (await other.run(["show", "plan", "--json"])).json;
  assert.equal(shown.session_id, first.json.session_id);
  const forked = await other.run(["fork", "plan", "branch", "--json", "and there?"]);
  assert.equal(forked.code, 0, forked.stdout + worker.stderr());
  assert.equal(model.requests().at(-1)?.userMessages.at(0), "first", "the fork knows the history");
});

/** A model that is silent for the first time that it is asked something, until it is let go. */
function silentOnce(
  model: { when(prompt: string, answer: () => string | Promise<string>): void },
  prompt: string,
) {
  let asked = 0;
  let letGo: (answer: string) => void = () => undefined;
  const held = new Promise<string>((resolve) => {
    letGo = resolve;
  });
  model.when(prompt, () => {
    asked += 1;
    return asked === 1 ? held : `answer ${asked}`;
  });
  return { letGo, asked: () => asked };
}

test("a worker that is killed and started again on its machine takes up its agent: the model is asked once", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const [client, machine] = [fleet.machine("client"), fleet.machine("worker")];
  const worker = await machine.work(["--agents", "claude"]);
  await client.run(["create", "review", "-a", "claude", "first"]);
  const { letGo, asked } = silentOnce(fleet.model, "second");
  const sent = client.start(["send", "review", "--json", "second"]);
  await until(() => asked() === 1, { what: "the model is asked" });
  worker.kill("SIGKILL");
  await worker.exited;
  const again = await machine.work(["--agents", "claude"]);
  await again.waitFor((_, stderr) => stderr.includes("attempt 2"), { what: "the turn is taken up" });
  letGo("the answer");
  const result = await sent.result;
  assert.equal(result.code, 0, result.stderr + again.stderr());
  assert.equal(JSON.parse(result.stdout).text, "the answer");
  assert.equal(asked(), 1);
});

test("what a worker that was killed has left of a turn, which is no turn yet, is in nobody's way", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const [client, machine] = [fleet.machine("client"), fleet.machine("worker")];
  const worker = await machine.work();
  assert.equal((await client.run(["create", "x", "--agent", "claude", "first"])).code, 0);
  worker.kill("SIGTERM");
  await worker.exited;
  const sent = await client.run(["send", "x", "--detach", "--json", "second"]);
  const left = join(
    machine.sandbox.env.AGENT_SESSIONS_HOME ?? "",
    "worker/1/turns",
    String(sent.json.turn_id),
  );
  mkdirSync(left);
  writeFileSync(join(left, "prompt.txt"), "sec");
  await machine.work();
  const { code, json } = await client.run(["wait", "x", "--json"]);
  assert.deepEqual([code, json.text], [0, "You said: second"], JSON.stringify(json));
});

test("a worker whose machine is gone: the turn is unknown, or runs again where that is wanted", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const client = fleet.machine("client");
  const prompts = async () =>
    (
      (await client.run(["history", "review", "--json"])).json.turns as { prompt: string; outcome: string }[]
    ).map(({ prompt, outcome }) => `${prompt} ${outcome}`);
  let worker = await fleet.machine("first").work(["--agents", "claude"]);
  await client.run(["create", "review", "-a", "claude", "first"]);
  for (const policy of ["fail", "resend"]) {
    const { asked } = silentOnce(fleet.model, policy);
    const sent = client.start(["send", "review", "--json", policy]);
    await until(() => asked() === 1, { what: "the model is asked" });
    worker.kill("SIGKILL");
    await worker.exited;
    worker = await fleet.machine(policy).work(["--agents", "claude", "--on-lost", policy]);
    const { stdout, stderr } = await sent.result;
    const { outcome } = JSON.parse(stdout);
    assert.equal(outcome, policy === "fail" ? "unknown" : "succeeded", stdout + stderr + worker.stderr());
  }
  assert.deepEqual(await prompts(), ["first succeeded", "fail unknown", "resend succeeded"]);
  assert.deepEqual(
    fleet.model.requests().at(-1)?.userMessages,
    ["first", "resend"],
    "the conversation is as it was before",
  );
});

test("the database is away for 15 seconds while a turn runs: it is recorded then, and nothing runs twice", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const client = fleet.machine("client");
  const worker = await fleet.machine("worker").work(["--agents", "claude"]);
  await client.run(["create", "review", "-a", "claude", "first"]);
  const { letGo, asked } = silentOnce(fleet.model, "second");
  const sent = await client.run(["send", "review", "--detach", "--json", "second"]);
  await until(() => asked() === 1, { what: "the model is asked" });
  await fleet.database.server.stop("immediate");
  const away = await client.run(["list", "--json"]);
  assert.deepEqual([away.code, away.json.error?.code], [8, "state_unreadable"], away.stdout);
  letGo("the answer");
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await fleet.database.server.start();
  const waited = await client.run(["wait", "review", "--turn", String(sent.json.turn_id), "--json"]);
  assert.deepEqual([waited.code, waited.json.text], [0, "the answer"], waited.stdout + worker.stderr());
  assert.equal(asked(), 1);
});
