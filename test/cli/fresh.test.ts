import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { removeCopies } from "../support/cli/remove-copies.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { run, until } from "../support/run.ts";

/** A name whose conversation is lost: neither the agent nor we have its transcript. */
async function openLost(t: TestContext): Promise<{ cli: FakeCli; lostId: string }> {
  const cli = openFakeCli(t);
  const role = join(cli.sandbox.folder, "role.md");
  writeFileSync(role, "You are a reviewer.\n");
  await cli.here(["create", "x", "-m", "opus", "-r", role, "--access", "edit", cli.say({}, "one")]);
  const { transcript, session_id } = (await cli.here(["show", "x", "--json"])).json;
  rmSync(String(transcript));
  removeCopies(cli.sandbox);
  return { cli, lostId: String(session_id) };
}

test("a lost conversation offers --fresh, which begins a new one and says so everywhere", async (t) => {
  const { cli, lostId } = await openLost(t);
  const lost = await cli.here(["send", "x", "--json", cli.say({}, "two")]);
  assert.deepEqual([lost.code, lost.json.error?.code], [4, "conversation_lost"]);
  const hint = lost.json.error?.hint ?? "";
  assert.match(hint, /agent-sessions send x --fresh --agent claude '…'/);
  assert.match(hint, /agent-sessions restore x --list --agent claude/);
  const elsewhere = cli.sandbox.addWorkspace("elsewhere");
  const from = ["send", "x", "-w", cli.sandbox.workspace, "--json", cli.say({}, "two")];
  const fromElsewhere = await cli.here(from, { cwd: elsewhere });
  assert.match(
    fromElsewhere.json.error?.hint ?? "",
    new RegExp(`history x .*--workspace ${cli.sandbox.workspace}`),
  );

  const fresh = await cli.here(["send", "x", "--fresh", "--json", cli.say({}, "two")]);
  assert.deepEqual([fresh.code, fresh.json.continuity, fresh.json.model], [0, "fresh", "opus"], fresh.stdout);
  assert.match(fresh.stderr, /is lost; a new conversation begins/);
  assert.match(String(fresh.json.text), /prompts: 1/);
  assert.notEqual(fresh.json.session_id, lostId);

  const show = (await cli.here(["show", "x", "--json"])).json;
  assert.deepEqual([show.role, show.access, show.turns], ["You are a reviewer.\n", "edit", 1]);
  const lineage = show.lineage as { session_id: string; began: string }[];
  assert.deepEqual(
    lineage.map(({ session_id, began }) => [session_id, began]),
    [
      [fresh.json.session_id, "fresh"],
      [lostId, "new"],
    ],
  );
  const { turns } = (await cli.here(["history", "x", "--json"])).json;
  assert.deepEqual(
    (turns as { session_id: string }[]).map(({ session_id }) => session_id),
    [lostId, fresh.json.session_id],
    "what was said in the lost one is still told",
  );
  assert.match((await cli.here(["show", "x"])).stdout, new RegExp(`replaces\\s+${lostId}`));
  assert.match((await cli.here(["restore", "x", "--list"])).stdout, /fresh/);
  assert.equal(((await cli.here(["cost", "x", "--json"])).json.total as { turns: number }).turns, 2);
  const again = await cli.here(["send", "x", "--fresh", "--json", cli.say({}, "three")]);
  assert.deepEqual([again.json.continuity, again.json.session_id], ["native", fresh.json.session_id]);
});

test("however many begin afresh at once, there is one new conversation with all their turns", async (t) => {
  const { cli } = await openLost(t);
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, at) => cli.here(["send", "x", "--fresh", "--json", cli.say({}, `p${at}`)])),
  );
  assert.deepEqual(
    results.map(({ code }) => code),
    results.map(() => 0),
    results.map(({ stdout }) => stdout).join(""),
  );
  assert.equal(new Set(results.map(({ json }) => json.session_id)).size, 1);
  assert.equal(results.filter(({ json }) => json.continuity === "fresh").length, 1);
  assert.equal((await cli.here(["show", "x", "--json"])).json.turns, 8);
});

test("a fresh start in the background, one that fails, and what --fresh does not go with", async (t) => {
  const { cli, lostId } = await openLost(t);
  const failed = await cli.here([
    "send",
    "x",
    "--fresh",
    "--json",
    cli.say({ noStart: true, noAnswer: true, noTerminalEvent: true, exitCode: 1 }, "two"),
  ]);
  assert.equal(failed.code, 3, failed.stdout);
  assert.equal((await cli.here(["show", "x", "--json"])).json.session_id, lostId, "the name is where it was");
  const detached = await cli.here(["send", "x", "--fresh", "--detach", "--json", cli.say({}, "three")]);
  assert.equal(detached.code, 0, detached.stdout);
  const waited = await cli.here(["wait", "x", "--turn", String(detached.json.turn_id), "--json"]);
  assert.deepEqual([waited.json.outcome, waited.json.continuity], ["succeeded", "fresh"], waited.stdout);
});

test("the ways to send are refused together, before anything is sent", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "one")]);
  const ways = [["--retry"], ["--fresh"], ["--fork-from", "y"]];
  for (const [at, one] of ways.entries()) {
    for (const other of ways.slice(at + 1)) {
      const refused = await cli.here(["send", "x", ...one, ...other, "--json"]);
      assert.deepEqual([refused.code, refused.json.error?.code], [2, "usage"], `${one} ${other}`);
      assert.equal(refused.json.error?.message, `Use only one of ${one[0]} and ${other[0]}.`);
    }
  }
  const repeated = await cli.here(["send", "x", "--request-id", "1", "--retry", "--json"]);
  assert.deepEqual([repeated.code, repeated.json.error?.code], [2, "usage"]);
  assert.equal(cli.records().length, 1);
});

test("a conversation that was adopted and is lost begins afresh in the background too", async (t) => {
  const cli = openFakeCli(t);
  const { workspace: cwd, env } = cli.sandbox;
  const id = "11111111-2222-4333-8444-555555555555";
  await run([FAKE_AGENT, "-p", "--session-id", id], { cwd, env, input: "theirs" });
  assert.equal((await cli.here(["adopt", "x", id])).code, 0);
  rmSync(join(cli.sandbox.home, ".claude/projects"), { recursive: true });
  removeCopies(cli.sandbox);
  const detached = await cli.here(["send", "x", "--fresh", "--detach", "--json", cli.say({}, "two")]);
  const waited = await cli.here(["wait", "x", "--turn", String(detached.json.turn_id), "--json"]);
  assert.deepEqual([waited.json.outcome, waited.json.continuity], ["succeeded", "fresh"], waited.stdout);
});

test("who comes second begins nothing, and minds its deadline and --if-busy while the first is at it", async (t) => {
  const { cli } = await openLost(t);
  const gate = join(cli.sandbox.folder, "gate");
  const first = cli.start([
    "send",
    "x",
    "--fresh",
    "--json",
    cli.say({ noStart: true, waitForFile: gate }, "a"),
  ]);
  const before = cli.records().length;
  await until(() => cli.records().length > before, { what: "the first to begin" });
  const failed = await cli.here(["send", "x", "--fresh", "--if-busy", "fail", "--json", cli.say({}, "b")]);
  assert.deepEqual([failed.code, failed.json.error?.code], [5, "busy"]);
  const late = await cli.here(["send", "x", "--fresh", "--deadline", "1s", "--json", cli.say({}, "c")]);
  assert.deepEqual([late.code, late.json.error?.code], [6, "deadline"]);
  assert.doesNotMatch(late.stderr, /a new conversation begins/, "it did not begin one");
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await first.result).stdout).continuity, "fresh");
});
