import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/until.ts";

const SHIFT_CLOCK = join(REPOSITORY, "test/support/shift-clock.mjs");
const TWO_DAYS_MS = 2 * 86_400_000;

/** The environment of a command after the clock was set back by two days. */
const setBack = {
  env: { NODE_OPTIONS: `--import ${SHIFT_CLOCK}`, SHIFT_CLOCK_MS: String(-TWO_DAYS_MS) },
};

interface Turn {
  turn_id: string;
  outcome: string;
  prompt: string;
  started_at: string;
}

async function turnsOf(cli: FakeCli, name = "x"): Promise<Turn[]> {
  return (await cli.run(["history", name, "--json"])).json.turns as Turn[];
}

function lastLines(turns: readonly Turn[]): (string | undefined)[] {
  return turns.map(({ prompt }) => prompt.split("\n").at(-1));
}

test("after a clock was set back, turns go on in order and nothing hangs or is lost", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", cli.say({}, "zero")]);
  await cli.run(["send", "x", cli.say({}, "one")]);
  const two = await cli.run(["send", "x", "--json", cli.say({}, "two")], setBack);
  assert.equal(two.json.outcome, "succeeded", two.stdout + two.stderr);
  const startedMs = Date.parse(String(two.json.started_at));
  assert.ok(startedMs < Date.now() - TWO_DAYS_MS / 2, "the command saw the clock that was set back");
  const detached = await cli.run(["send", "x", "--detach", "--json", cli.say({}, "three")], setBack);
  const waited = await cli.run(["wait", "x", "--turn", String(detached.json.turn_id), "--json"]);
  assert.equal(waited.json.outcome, "succeeded", waited.stdout);
  const turns = await turnsOf(cli);
  assert.deepEqual(lastLines(turns), ["zero", "one", "two", "three"]);
  assert.equal(new Set(turns.map(({ turn_id }) => turn_id)).size, 4);
  const last = await cli.run(["wait", "x", "--json"], setBack);
  assert.equal(last.json.turn_id, detached.json.turn_id, "the last turn is the one that was asked for last");
  const collected = await cli.run(["gc", "--json"]);
  assert.equal(collected.code, 0, collected.stdout);
  assert.deepEqual(await turnsOf(cli), turns);
});

test("after a clock was set back, the last turn is the one that was asked for last, whatever its date", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", cli.say({}, "zero")]);
  const one = await cli.run(["send", "x", "--detach", "--json", cli.say({}, "one")]);
  await cli.run(["wait", "x", "--turn", String(one.json.turn_id)]);
  const two = await cli.run(["send", "x", "--json", cli.say({}, "two")], setBack);
  for (const verb of ["wait", "attach"]) {
    const last = await cli.run([verb, "x", "--json"], setBack);
    assert.equal(last.json.turn_id, two.json.turn_id, `${verb}: ${last.stdout}`);
  }
  assert.equal((await cli.run(["cancel", "x", "--json"])).json.cancelled, false);
  // What never began is in no journal: its place in the line says when it was asked for.
  const gate = join(cli.sandbox.folder, "go");
  const three = cli.start(["send", "x", cli.say({ waitForFile: gate }, "three")]);
  await until(() => cli.records().length === 4, { what: "the third turn" });
  const four = await cli.run(["send", "x", "--detach", "--json", cli.say({}, "four")], setBack);
  const id = String(four.json.turn_id);
  const waiting = await cli.run(["wait", "x", "--timeout", "0s", "--json"]);
  assert.match(waiting.stdout, new RegExp(`still_running.*${id}`));
  await cli.run(["cancel", "x", "--turn", id]);
  writeFileSync(gate, "");
  await three.result;
  assert.equal((await cli.run(["wait", "x", "--json"])).json.turn_id, id, "it was asked for after the third");
  const five = await cli.run(["send", "x", "--json", cli.say({}, "five")], setBack);
  assert.equal((await cli.run(["wait", "x", "--json"])).json.turn_id, five.json.turn_id);
});

test("of two turns of a name, the one that was asked for first comes first, whatever its date", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const gate = join(cli.sandbox.folder, "go");
  const old = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "old")]);
  await until(() => cli.records().length === 1, { what: "the old turn" });
  const args = ["create", "--replace", "x", "--detach", "--json", cli.say({ waitForFile: gate }, "new")];
  const created = String((await cli.run(args, setBack)).json.turn_id);
  await until(() => cli.records().length === 2, { what: "the new turn" });
  await until(async () => (await cli.run(["status", "--json"])).json.count === 2, { what: "both" });
  const ids = async (verb: string[]) => {
    const { turns } = (await cli.run([...verb, "--json"])).json;
    return (turns as Turn[]).map(({ turn_id }) => turn_id);
  };
  const shown = await ids(["status"]);
  writeFileSync(gate, "");
  const { turn_id } = JSON.parse((await old.result).stdout);
  assert.deepEqual(shown, [turn_id, created]);
  assert.equal((await cli.run(["wait", "x", "--json"])).json.turn_id, created);
});

test("names keep the order of their moves, whatever the clock says of it", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  await cli.run(["create", "y"]);
  assert.equal((await cli.run(["remove", "x"], setBack)).code, 0);
  const replaced = await cli.run(["create", "--replace", "y", "--json"], setBack);
  assert.equal(replaced.json.outcome, "succeeded", replaced.stdout);
  for (const options of [setBack, {}]) {
    const { names } = (await cli.run(["list", "--json"], options)).json;
    const found = (names as { name: string; session_id: string }[]).map(({ name, session_id }) => [
      name,
      session_id,
    ]);
    assert.deepEqual(found, [["y", replaced.json.session_id]]);
  }
  const again = await cli.run(["create", "x", "--json"]);
  assert.equal(again.json.outcome, "succeeded", again.stdout);
  // The view is gone, as with a cleaned temporary folder: it is written anew from the log.
  rmSync(join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions"), { recursive: true });
  const listed = await cli.run(["list", "--json"], setBack);
  assert.equal(listed.json.count, 2);
});

test("those who wait go in order of arrival, not of what the clock said when they came", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", cli.say({}, "zero")]);
  const gate = join(cli.sandbox.folder, "go");
  const first = cli.start(["send", "x", cli.say({ waitForFile: gate }, "one")]);
  await until(() => cli.records().length === 2, { what: "the first turn" });
  const second = cli.start(["send", "x", cli.say({}, "two")]);
  await second.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the notice" });
  const third = cli.start(["send", "x", cli.say({}, "three")], setBack);
  await third.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the notice" });
  writeFileSync(gate, "");
  for (const { result } of [first, second, third]) assert.equal((await result).code, 0);
  assert.deepEqual(lastLines(await turnsOf(cli)), ["zero", "one", "two", "three"]);
});

test("a turn that was cut before the clock was set back is settled after it", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const [pidFile, gate] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "go")];
  const sending = cli.start(["send", "x", cli.say({ pidTo: pidFile, waitForFile: gate }, "cut")]);
  await until(() => existsSync(pidFile), { what: "the agent" });
  sending.kill("SIGKILL");
  await sending.exited;
  writeFileSync(gate, "");
  const isOver = () =>
    readFileSync(join(cli.sandbox.folder, "records.jsonl"), "utf8").split('"end"').length === 2;
  await until(isOver, { what: "the agent's end" });
  const waited = await cli.run(["wait", "x", "--json"], setBack);
  assert.equal(waited.json.outcome, "succeeded", waited.stdout);
  assert.equal(waited.json.duration_ms, 0, "unknown, and not below nothing");
});

test("a deadline is a span of time: a clock that was set back does not move it", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  for (const flags of [["--json"], ["--detach", "--json"]]) {
    const args = ["send", "x", "--deadline", "300ms", ...flags, cli.say({ sleepMs: 60_000 }, "long")];
    const sent = await cli.run(args, setBack);
    const ended = flags.includes("--detach") ? await cli.run(["wait", "x", "--json"], setBack) : sent;
    assert.deepEqual([ended.code, ended.json.outcome], [6, "deadline"], ended.stdout + ended.stderr);
  }
});
