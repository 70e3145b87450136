import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { markedPids } from "../support/marked-processes.ts";
import { until } from "../support/run.ts";

/** Wrappers that are gone while the agent works, in a session of its own. */
const SETSID = `setsid ${FAKE_AGENT}`;
/** The shell gives what runs in the background no input. */
const DAEMON = `sh -c 'exec 3<&0; (setsid "$0" "$@" <&3 3<&- &)' ${FAKE_AGENT}`;

async function fileThere(path: string): Promise<void> {
  await until(() => existsSync(path) && readFileSync(path, "utf8") !== "", { what: path });
}

async function turnId(cli: FakeCli): Promise<string> {
  const { turns } = (await cli.run(["status", "--json"])).json as { turns?: { turn_id: string }[] };
  return turns?.[0]?.turn_id ?? "";
}

for (const [agent, wrapper] of [
  ["claude", DAEMON],
  ["codex", SETSID],
] as const) {
  test(`${agent} that its wrapper has left is waited for until it has answered and is gone, and the next turn goes on`, async (t) => {
    const cli = openFakeCli(t);
    const about = { plain: true };
    const cmd = ["--agent-cmd", wrapper];
    const slowly = cli.say({ sleepMs: 400, lingerMs: 300 }, "one");
    const created = await cli.run(["create", "x", "-a", agent, ...cmd, "--json", slowly], about);
    assert.deepEqual([created.code, created.json.outcome], [0, "succeeded"], created.stdout);
    assert.deepEqual(markedPids(String(created.json.turn_id)), [], "nothing is left");
    const sent = await cli.run(["send", "x", ...cmd, "--json", cli.say({}, "two")], about);
    assert.match(String(sent.json.text), /two \[prompts: 2\]/, sent.stdout);
    assert.equal(sent.json.foreign_bytes, 0, "what it wrote at its end was ours");
  });
}

test("deadline, limit and cancel end an agent that its wrapper has left, and leave nothing", async (t) => {
  const cmd = ["--agent-cmd", SETSID];
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const gate = join(cli.sandbox.folder, "never");
  const long = (pidTo: string, script = {}) => cli.say({ pidTo, waitForFile: gate, ...script }, "long");
  const pid = (at: number) => join(cli.sandbox.folder, `pid-${at}`);
  const late = await cli.run(["send", "x", ...cmd, "--deadline", "2s", "--json", long(pid(1))], {
    plain: true,
  });
  assert.deepEqual([late.code, late.json.outcome], [6, "deadline"], late.stdout);
  assert.deepEqual(markedPids(String(late.json.turn_id)), []);

  const big = { stdoutLines: 100, stdoutLineBytes: 1000 };
  const much = await cli.run(["send", "x", ...cmd, "--max-output", "20kB", "--json", long(pid(2), big)], {
    plain: true,
  });
  assert.equal(much.json.outcome, "output_limit", much.stdout);
  assert.deepEqual(markedPids(String(much.json.turn_id)), []);

  const sending = cli.start(["send", "x", ...cmd, "--json", long(pid(3))], { plain: true });
  await fileThere(pid(3));
  const running = await turnId(cli);
  assert.equal((await cli.run(["cancel", "x", "--json"])).json.cancelled, true);
  assert.equal(JSON.parse((await sending.result).stdout).outcome, "cancelled");
  assert.deepEqual(markedPids(running), []);
});

test("our own command killed, the conversation of an agent that its wrapper has left stays busy until the agent has answered", async (t) => {
  const cmd = ["--agent-cmd", DAEMON];
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const [pidTo, gate] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "gate")];
  const prompt = cli.say({ pidTo, waitForFile: gate, lingerMs: 300 }, "two");
  const sending = cli.start(["send", "x", ...cmd, prompt], { plain: true });
  await fileThere(pidTo);
  sending.kill("SIGKILL");
  await sending.exited;
  const second = await cli.run(["send", "x", "--if-busy", "fail", "--json", cli.say({}, "three")]);
  assert.equal(second.json.error?.code, "busy", second.stdout);
  const third = cli.start(["send", "x", "--json", cli.say({}, "three")]);
  writeFileSync(gate, "");
  const result = JSON.parse((await third.result).stdout);
  assert.match(result.text, /three \[prompts: 3\]/);
  assert.equal(result.foreign_bytes, 0);
  const { turns } = (await cli.run(["history", "x", "--json"])).json as unknown as {
    turns: { outcome: string; text: string }[];
  };
  assert.deepEqual(
    turns.map(({ outcome }) => outcome),
    ["succeeded", "succeeded", "succeeded"],
  );
  assert.match(turns[1]?.text ?? "", /two \[prompts: 2\]/);
});
