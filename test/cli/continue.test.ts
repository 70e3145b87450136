import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { start } from "../support/run.ts";
import { until } from "../support/until.ts";

test("continue goes on with what this caller used last in this folder, and with nothing else", async (t) => {
  const cli = openFakeCli(t);
  const as = (caller: string) => ({ env: { AGENT_SESSIONS_CALLER: caller } });
  const none = await cli.here(["continue", "--json", "hi"], as("me"));
  assert.deepEqual([none.code, none.json.error?.code], [4, "no_such_name"]);
  await cli.here(["create", "x"], as("me"));
  await cli.here(["create", "y", "-a", "codex"], as("me"));
  await cli.here(["create", "z"], as("you"));
  const mine = await cli.here(["continue", "--json", "hi"], as("me"));
  assert.deepEqual([mine.json.name, mine.json.agent, mine.json.outcome], ["y", "codex", "succeeded"]);
  assert.match(mine.stderr, /^Continuing y \(codex\)\.\n$/);
  assert.equal((await cli.here(["continue", "--json", "-a", "claude", "hi"], as("me"))).json.name, "x");
  assert.equal((await cli.here(["continue", "--json", "hi"], as("you"))).json.name, "z");
  const elsewhere = cli.sandbox.addWorkspace("elsewhere");
  assert.equal((await cli.here(["continue", "hi"], { ...as("me"), cwd: elsewhere })).code, 4);
  await cli.here(["send", "x", "--detach", "later"], as("you"));
  await cli.here(["wait", "x"]);
  assert.equal((await cli.here(["continue", "--json", "hi"], as("you"))).json.name, "x");
  const agent = { env: { CLAUDE_CODE_SESSION_ID: "0199aaaa-bbbb-4ccc-8ddd-eeeeffff0000" } };
  assert.equal((await cli.here(["continue", "hi"], agent)).code, 4);
  await cli.here(["send", "z", "hi"], agent);
  assert.equal((await cli.here(["continue", "--json", "hi"], agent)).json.name, "z");
});

test("without a name of its own, a caller is its terminal", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await cli.here(["create", "y"]);
  const script = 'node "$0" send x hi --agent-cmd "$1" && node "$0" continue --json --agent-cmd "$1" hi';
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  // As two terminals would, each shell leads a session of its own.
  const shell = (text: string) =>
    start(["bash", "-c", text, CLI, FAKE_AGENT], {
      cwd: cli.sandbox.workspace,
      env: cli.sandbox.env,
      ownGroup: true,
    }).result;
  const first = await shell(script);
  assert.equal(JSON.parse(first.stdout.trimEnd().split("\n").at(-1) ?? "").name, "x");
  const second = await shell('node "$0" continue --json --agent-cmd "$1" hi');
  assert.equal(second.code, 4, second.stdout);
});

test("continue goes where the caller's conversation has gone, and never into one that only has its name", async (t) => {
  const cli = openFakeCli(t);
  const [alice, bob] = ["alice", "bob"].map((caller) => ({ env: { AGENT_SESSIONS_CALLER: caller } }));
  const go = () => cli.here(["continue", "--json", "hi"], alice);
  const refused = async (why: RegExp) => {
    const { code, json } = await go();
    assert.deepEqual([code, json.error?.code], [4, "no_such_name"]);
    assert.match(json.error?.message ?? "", why);
  };
  for (const agent of ["claude", "codex"]) {
    const create = (who = bob, ...more: string[]) =>
      cli.here(["create", "x", "-a", agent, "--json", ...more], who);
    const mine = (await create(alice, "hi")).json;
    await cli.here(["rename", "x", "review"]);
    assert.equal((await create()).code, 0);
    const gone = (await go()).json;
    assert.deepEqual([gone.name, gone.session_id], ["review", mine.session_id], agent);
    assert.equal((await create(alice, "--replace", "hi")).code, 0);
    await create(bob, "--replace");
    await refused(
      /^The conversation that you used last, "x", lost that name at .* newly created\. The name now/,
    );
    await create(alice, "--replace", "hi");
    await cli.here(["remove", "x"]);
    await create();
    await refused(/used last, "x", was removed at /);
    await cli.here(["remove", "x"]);
    await refused(/There is no conversation named "x"/);
  }
});

test("continue that waits in line follows its conversation, and not the name to another", async (t) => {
  const cli = openFakeCli(t);
  const alice = { env: { AGENT_SESSIONS_CALLER: "alice" } };
  await cli.here(["create", "x"], alice);
  const gate = join(cli.sandbox.folder, "go");
  const running = cli.start(["send", "x", cli.say({ waitForFile: gate }, "long")]);
  await until(() => cli.records().length === 1, { what: "the turn" });
  const waiting = cli.start(["continue", "--json", "mine"], alice);
  await waiting.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the notice" });
  const detached = await cli.here(["continue", "--detach", "--json", "mine"], alice);
  assert.equal((await cli.here(["create", "x", "--replace", cli.say({}, "theirs")])).code, 0);
  writeFileSync(gate, "");
  await running.result;
  const refused = await waiting.result;
  assert.match(refused.stdout, /"no_such_name".*lost that name/, refused.stdout + refused.stderr);
  const ended = await cli.here(["wait", "x", "--turn", String(detached.json.turn_id), "--json"]);
  assert.match(JSON.stringify(ended.json.error), /lost that name/);
  assert.equal(cli.records().length, 2, "nobody was asked anything else");
});

test("continue knows a conversation whose first turn was left to the background, whatever came of it", async (t) => {
  const cli = openFakeCli(t);
  const as = (caller: string) => ({ env: { AGENT_SESSIONS_CALLER: caller } });
  const failing = cli.say({ isError: true, noStart: true, noAnswer: true, text: "no" }, "hi");
  for (const prompt of ["hi", failing]) {
    await cli.here(["create", "x", "-a", "codex", "--detach", prompt], as("alice"));
    const first = await cli.here(["wait", "x", "--json"]);
    if (prompt === "hi") {
      const next = await cli.here(["continue", "--json", "on"], as("alice"));
      assert.equal(next.json.session_id, first.json.session_id, next.stdout);
      // Remembered anew as before: by the turn that began it.
      await cli.here(["create", "y", "-a", "codex", "--detach", "hi"], as("alice"));
      await cli.here(["wait", "y"]);
      await cli.here(["rename", "y", "z"]);
      assert.equal((await cli.here(["continue", "--json", "on"], as("alice"))).json.name, "z");
      await cli.here(["remove", "x"]);
    } else {
      await cli.here(["create", "x", "-a", "codex"], as("bob"));
      const { code, json } = await cli.here(["continue", "--json", "on"], as("alice"));
      assert.deepEqual([code, json.error?.code], [4, "no_such_name"]);
      assert.match(json.error?.message ?? "", /"x", never began\./);
    }
  }
});

test("what 0.1 remembered of a caller is still its last name", async (t) => {
  const cli = openFakeCli(t);
  const me = { env: { AGENT_SESSIONS_CALLER: "me" } };
  await cli.here(["create", "x"], me);
  const folder = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "callers");
  for (const file of readdirSync(folder))
    writeFileSync(join(folder, file), JSON.stringify({ v: 1, name: "x", agent: "claude" }));
  assert.equal((await cli.here(["continue", "--json", "hi"], me)).json.name, "x");
});
