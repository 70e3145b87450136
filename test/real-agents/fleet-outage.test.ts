import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { openFleet } from "../support/cli/fleet.ts";
import { until } from "../support/until.ts";

/** A conversation whose second turn is at work on a worker, and is followed by its caller. */
async function followed(t: TestContext) {
  const fleet = await openFleet(t);
  if (fleet === undefined) return undefined;
  const client = fleet.machine("client");
  const worker = await fleet.machine("worker").work(["--agents", "claude"]);
  assert.equal((await client.run(["create", "review", "--agent", "claude", "first"])).code, 0);
  let letGo: (answer: string) => void = () => undefined;
  let isAsked = false;
  const held = new Promise<string>((resolve) => {
    letGo = resolve;
  });
  fleet.model.when("second", () => {
    isAsked = true;
    return held;
  });
  const sent = client.start(["send", "review", "--json", "second"]);
  await until(() => isAsked, { what: "the model is asked" });
  const { server } = fleet.database;
  let isAway = false;
  const goes = async () => {
    isAway = true;
    await server.stop("immediate");
  };
  const comes = async () => {
    if (isAway) await server.start();
    isAway = false;
  };
  t.after(comes);
  return { client, worker, sent, goes, comes, letGo };
}

test("who follows a turn lives through an outage of the database, and is told of it once", async (t) => {
  const place = await followed(t);
  if (place === undefined) return;
  const { client, sent, goes, comes, letGo, worker } = place;
  const attached = client.start(["attach", "review", "--stream"]);
  const waited = client.start(["wait", "review", "--json"]);
  const brief = client.start(["wait", "review", "--timeout", "4s", "--json"]);
  await waited.waitFor((_, stderr) => stderr.includes("Waiting for turn"));
  await brief.waitFor((_, stderr) => stderr.includes("Waiting for turn"));
  await attached.waitFor((stdout) => stdout !== "", { what: "it shows the turn" });
  await goes();
  for (const one of [sent, attached, waited])
    await one.waitFor((_, stderr) => /can't be reached/.test(stderr), { what: "it is told" });
  const late = await brief.result;
  assert.equal(late.code, 8, "how the turn is now, nobody knows");
  assert.equal(JSON.parse(late.stdout).error.code, "state_unreadable", late.stdout);
  await comes();
  letGo("the second answer");
  for (const one of [sent, waited]) {
    const { code, stdout, stderr } = await one.result;
    assert.equal(code, 0, stderr + stdout + worker.stderr());
    assert.equal(JSON.parse(stdout).text, "the second answer");
    assert.equal(stderr.match(/can't be reached/g)?.length, 1, stderr);
  }
  const { code, stdout, stderr } = await attached.result;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /the second answer/);
});

test("Ctrl-C while the database is away ends the turn when it is back", async (t) => {
  const place = await followed(t);
  if (place === undefined) return;
  const { client, sent, goes, comes, worker } = place;
  await goes();
  sent.kill("SIGINT");
  await sent.waitFor((_, stderr) => /not .*asked to end/.test(stderr), { what: "it is told" });
  await comes();
  const { code, stdout, stderr } = await sent.result;
  assert.equal(code, 130, stderr + stdout + worker.stderr());
  assert.equal(JSON.parse(stdout).outcome, "cancelled");
  assert.match(stderr, /is asked to end now/);
  assert.equal((await client.run(["wait", "review", "--json"])).json.outcome, "cancelled");
});

test("a second Ctrl-C leaves a turn that can't be asked to end, and says so", async (t) => {
  const place = await followed(t);
  if (place === undefined) return;
  const { client, sent, goes, comes, letGo } = place;
  await goes();
  sent.kill("SIGTERM");
  await sent.waitFor((_, stderr) => /not .*asked to end/.test(stderr), { what: "it is told" });
  const beganMs = performance.now();
  sent.kill("SIGTERM");
  const { code, stdout } = await sent.result;
  assert.ok(performance.now() - beganMs < 3_000, "at once");
  assert.equal(code, 143, stdout);
  const { error } = JSON.parse(stdout);
  assert.equal(error.code, "terminated");
  assert.match(error.message, /may go on/);
  assert.match(error.hint, /agent-sessions cancel review --turn /);
  await comes();
  letGo("the second answer");
  assert.equal((await client.run(["wait", "review", "--json"])).json.text, "the second answer");
});
