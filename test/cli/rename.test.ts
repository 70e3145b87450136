import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { fakeEnvironment } from "../support/fake-agent/script.ts";
import { until } from "../support/run.ts";

async function must(cli: FakeCli, ...args: string[]): Promise<Record<string, unknown>> {
  const result = await cli.here([...args, "--json"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result.json;
}

async function idOf(cli: FakeCli, name: string): Promise<unknown> {
  return (await must(cli, "show", name)).session_id;
}

async function names(cli: FakeCli): Promise<string[]> {
  return ((await must(cli, "list")).names as { name: string }[]).map(({ name }) => name).sort();
}

async function started(cli: FakeCli, count: number): Promise<void> {
  await until(() => cli.records().length === count, { what: `${count} starts of the agent` });
}

test("a conversation goes on under another name", async (t) => {
  const cli = openFakeCli(t);
  const created = await must(cli, "create", "x", cli.say({}, "one"));
  const renamed = await must(cli, "rename", "x", "y z");
  assert.deepEqual(renamed, {
    type: "agent_sessions.renamed",
    name: "y z",
    previous_name: "x",
    agent: "claude",
    session_id: created.session_id,
    workspace: cli.sandbox.workspace,
  });
  assert.deepEqual(await names(cli), ["y z"]);
  assert.match(String((await must(cli, "send", "y z", cli.say({}, "two"))).text), /prompts: 2/);
  const gone = await cli.here(["send", "x", "hi", "--json"]);
  assert.equal(gone.code, 4);
  assert.match(gone.json.error?.hint ?? "", /renamed to "y z".*show 'y z'/);
});

test("a name that is taken is not overwritten, and what is no other name is refused", async (t) => {
  const cli = openFakeCli(t);
  await must(cli, "create", "x");
  await must(cli, "create", "caf\u00e9");
  const cases: [string[], number, string, RegExp][] = [
    [["x", "caf\u00e9"], 2, "name_exists", /rename caf\u00e9 OTHER|'caf\u00e9' OTHER/],
    [["x", "cafe\u0301"], 2, "name_exists", /OTHER/],
    [["x", "x"], 2, "usage", /another name/],
    [["x", " x "], 2, "usage", /another name/],
    [["x", "-y"], 2, "usage", /short name/],
    [["X", "y"], 4, "no_such_name", /agent-sessions/],
    [["nope", "y"], 4, "no_such_name", /agent-sessions list/],
  ];
  for (const [words, exit, code, hint] of cases) {
    const result = await cli.here(["rename", "--json", "--", ...words]);
    assert.deepEqual([result.code, result.json.error?.code], [exit, code], words.join());
    assert.match(result.json.error?.hint ?? "", hint);
  }
  assert.deepEqual(await names(cli), ["caf\u00e9", "x"]);
  await must(cli, "rename", "x", "X");
  assert.deepEqual(await names(cli), ["X", "caf\u00e9"], "names that differ in case are two names");
});

test("a name that is being created can be neither end of a rename", async (t) => {
  const cli = openFakeCli(t);
  await must(cli, "create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const creating = cli.start([
    "create",
    "new",
    "--json",
    cli.say({ noStart: true, waitForFile: gate }, "hi"),
  ]);
  await started(cli, 1);
  const refused = await cli.here(["rename", "x", "new", "--json"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"]);
  assert.equal((await cli.here(["rename", "new", "y", "--json"])).code, 4, "it is not there yet");
  writeFileSync(gate, "");
  assert.equal((await creating.result).code, 0);
  assert.deepEqual(await names(cli), ["new", "x"]);
});

test("turns that run and wait follow the rename, and whoever asks finds them by either name", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const running = String(
    (await must(cli, "send", "x", "--detach", "-m", "big", cli.say({ waitForFile: gate }, "one"))).turn_id,
  );
  await started(cli, 1);
  const queued = String((await must(cli, "send", "x", "--detach", cli.say({}, "two"))).turn_id);
  const sending = cli.start(["send", "x", "--json", cli.say({}, "three")]);
  await sending.waitFor((_, stderr) => stderr.includes("ahead of you"), { what: "the place in the line" });
  await must(cli, "rename", "x", "y");
  const other = await must(cli, "create", "x", cli.say({}, "another"));
  const status = await must(cli, "status", "y");
  assert.deepEqual(
    (status.turns as { name: string; reason: string }[]).map(({ name, reason }) => `${name} ${reason}`),
    ["y running", "y queued", "y waiting"],
  );
  const waitingNew = cli.start(["wait", "y", "--turn", running, "--json"]);
  const waitingOld = cli.start(["wait", "x", "--turn", queued, "--json"]);
  const late = cli.start(["wait", "y", "--json"]);
  await late.waitFor((_, stderr) => stderr.includes(queued), { what: "the turn asked for last" });
  writeFileSync(gate, "");
  const texts = await Promise.all(
    [waitingNew, waitingOld, late, sending].map(async ({ result }) => JSON.parse((await result).stdout).text),
  );
  for (const [index, expected] of [
    /one \[prompts: 2/,
    /two \[prompts: 3/,
    /two/,
    /three \[prompts: 4/,
  ].entries())
    assert.match(texts[index], expected);
  for (const name of ["x", "y"]) {
    const again = await must(cli, "wait", name, "--turn", running);
    assert.match(String(again.text), /one/, name);
    const queuedOnce = await must(cli, "wait", name, "--turn", queued);
    assert.match(String(queuedOnce.text), /two/, name);
  }
  assert.equal(await idOf(cli, "y"), id);
  assert.equal((await must(cli, "show", "y")).model, "big");
  assert.equal(await idOf(cli, "x"), other.session_id, "the old name is another conversation's now");
  assert.equal(((await must(cli, "history", "y")).turns as unknown[]).length, 4);
  assert.equal(((await must(cli, "history", "x")).turns as unknown[]).length, 1);
});

test("a /clear that ends after its name was renamed moves the new name and no other", async (t) => {
  const cli = openFakeCli(t);
  await must(cli, "create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const cleared = randomUUID();
  const env = fakeEnvironment({
    sessionId: cleared,
    waitForFile: gate,
    recordArgvTo: join(cli.sandbox.folder, "records.jsonl"),
  });
  const clearing = cli.start(["send", "x", "--json", "/clear"], { env });
  await started(cli, 1);
  const accepted = await must(cli, "send", "x", "--detach", cli.say({}, "two"));
  await must(cli, "rename", "x", "y");
  await must(cli, "rename", "y", "z");
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await clearing.result).stdout).session_id, cleared);
  assert.equal(await idOf(cli, "z"), cleared);
  const second = await must(cli, "wait", "z", "--turn", String(accepted.turn_id));
  assert.deepEqual([second.session_id, second.outcome], [cleared, "succeeded"]);
  assert.deepEqual(await names(cli), ["z"], "the old names do not come back");
});

test("killed after the agent's end, a turn is settled under the name it has by then", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = await must(cli, "create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const sending = cli.start(["send", "x", "-m", "big", cli.say({ waitForFile: gate }, "one")]);
  await started(cli, 1);
  sending.kill("SIGKILL");
  await sending.exited;
  await must(cli, "rename", "x", "y");
  writeFileSync(gate, "");
  const waited = await must(cli, "wait", "y");
  assert.match(String(waited.text), /one/);
  assert.deepEqual(await names(cli), ["y"]);
  const shown = await must(cli, "show", "y");
  assert.deepEqual([shown.session_id, shown.turns, shown.model], [id, 2, "big"]);
});

test("a first turn that fails takes its name back under whatever name it has by then", async (t) => {
  const cli = openFakeCli(t);
  const first = await must(cli, "create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const script = { waitForFile: gate, noAnswer: true, noTerminalEvent: true, exitCode: 1 };
  const creating = cli.start(["create", "x", "--replace", cli.say(script, "hi")]);
  await until(async () => (await idOf(cli, "x")) !== first.session_id, { what: "the new conversation" });
  await must(cli, "rename", "x", "y");
  writeFileSync(gate, "");
  assert.equal((await creating.result).code, 3);
  assert.deepEqual(await names(cli), ["y"]);
  assert.equal(await idOf(cli, "y"), first.session_id);
});
