// The turn that begins a conversation: after it, a process is ready for the next one.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { library } from "../support/cli/open-library.ts";
import { hold, openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { openLoopback } from "../support/loopback/loopback.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { until } from "../support/until.ts";

realAgents();

const KEEP = ["--keep-warm", "5m", "--json"];
const AGENTS = ["claude", "codex"];

async function ask(cli: RealCli, ...words: string[]) {
  const { code, json, stdout, stderr } = await cli.run([...words, ...KEEP]);
  assert.deepEqual([code, json.error ?? null], [0, null], stdout + stderr);
  return json;
}

async function warmKeepers(cli: RealCli): Promise<unknown[]> {
  const found = (await cli.run(["keepers", "--json"])).json.keepers as Record<string, unknown>[];
  return found.filter(({ is_warm: isWarm }) => isWarm).map(({ name }) => name);
}

/** The program that keeps agents warm by itself. */
async function openSessions(t: TestContext) {
  const loopback = await openLoopback();
  const { env, workspace } = loopback;
  const sessions = await library.openSessions({ workspace, env, keepWarm: "5m" });
  t.after(async () => {
    await sessions.close();
    await loopback.close();
  });
  return { ...loopback, sessions, said: () => loopback.model.requests().at(-1)?.userMessages ?? [] };
}

for (const agent of AGENTS) {
  test(`create, fork and once --keep leave a process of ${agent} for the next send`, async (t) => {
    const cli = await openRealCli(t);
    assert.equal((await ask(cli, "create", "x", "-a", agent, "first")).process, "cold");
    await until(async () => (await warmKeepers(cli)).includes("x"), { what: "a process to be ready" });
    const sent = await ask(cli, "send", "x", "second");
    assert.deepEqual([sent.process, sent.text, sent.continuity], ["warm", "You said: second", "native"]);
    assert.equal((await ask(cli, "send", "x", "third")).process, "warm");
    assert.equal((await ask(cli, "fork", "x", "y", "forked")).process, "cold");
    assert.equal((await ask(cli, "send", "y", "on")).process, "warm");
    assert.deepEqual(cli.lastPrompts(), ["first", "second", "third", "forked", "on"]);
    assert.equal((await ask(cli, "once", "-a", agent, "--keep", "z", "one")).process, "cold");
    assert.equal((await ask(cli, "send", "z", "two")).process, "warm");
    assert.equal((await cli.run(["keepers", "--stop", "--json"])).code, 0);
    assert.deepEqual(await warmKeepers(cli), []);
  });

  test(`a detached create, and ask, leave a process of ${agent}, too`, async (t) => {
    const cli = await openRealCli(t);
    const { turn_id: turnId } = await ask(cli, "create", "x", "-a", agent, "--detach", "first");
    assert.equal((await cli.run(["wait", "x", "--turn", String(turnId)])).code, 0);
    await until(async () => (await warmKeepers(cli)).includes("x"), { what: "a process to be ready" });
    assert.equal((await ask(cli, "send", "x", "second")).process, "warm");
    assert.equal((await ask(cli, "ask", "-a", agent, "begin")).process, "cold");
    assert.equal((await ask(cli, "ask", "go on")).process, "warm");
    assert.deepEqual(cli.lastPrompts(), ["begin", "go on"]);
  });

  test(`a program that keeps ${agent} warm finds it ready after create and fork`, async (t) => {
    const { sessions, said } = await openSessions(t);
    const x = await sessions.create("x", { agent, prompt: "first" });
    assert.equal((await x.send("second")).process, "warm");
    await x.fork("y", { prompt: "forked" });
    const sent = await (await sessions.get("y")).send("on");
    assert.deepEqual([sent.process, sent.continuity, sent.foreignBytes], ["warm", "native", undefined]);
    assert.deepEqual(said(), ["first", "second", "forked", "on"]);
  });
}

test("a process that nobody has used leaves no trace, and asks no model", async (t) => {
  const cli = await openRealCli(t);
  await ask(cli, "create", "x", "-a", "claude", "first");
  await until(async () => (await warmKeepers(cli)).includes("x"), { what: "a process to be ready" });
  const folder = join(cli.sandbox.env.HOME ?? "", ".claude/projects");
  const transcripts = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
  const before = transcripts();
  const requests = cli.model.requests().length;
  // The process is there as soon as it has started; what it would do by itself it does within seconds.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  assert.deepEqual([transcripts(), cli.model.requests().length], [before, requests]);
  const next = await cli.run(["send", "x", "--json", "from another process"]);
  assert.deepEqual([next.json.process, next.json.foreign_bytes], ["cold", 0]);
  const after = await ask(cli, "send", "x", "after");
  assert.deepEqual([after.process, cli.lastPrompts()], ["cold", ["first", "from another process", "after"]]);
});

test("what was changed since gives the turn a process of its own", async (t) => {
  const cli = await openRealCli(t);
  // A process that starts later would have what was changed.
  const isReady = (name: string) =>
    until(async () => (await warmKeepers(cli)).includes(name), { what: `a process for ${name}` });
  await ask(cli, "create", "x", "-a", "claude", "first");
  await isReady("x");
  assert.equal((await ask(cli, "send", "x", "--model", "opus", "other model")).process, "cold");
  await ask(cli, "create", "y", "-a", "claude", "first");
  await isReady("y");
  writeFileSync(join(cli.workspace, "role.md"), "You are terse.");
  assert.equal((await cli.run(["role", "set", "y", "role.md"])).code, 0);
  assert.equal((await ask(cli, "send", "y", "with a role")).process, "cold");
});

test("a process that is started while a turn runs is not taken for the one that ran it", async (t) => {
  const cli = await openRealCli(t);
  const { json } = await cli.run(["create", "x", "-a", "claude", "--json", "first"]);
  const letGo = hold(cli, "held");
  const turnId = (await cli.run(["send", "x", "--detach", "held"])).stdout.trim();
  await cli.model.received("held");
  // As a keeper is asked by a first turn that comes late.
  const home = cli.env.AGENT_SESSIONS_HOME ?? "";
  const plan = JSON.parse(readFileSync(join(home, "turns", turnId, "turn.json"), "utf8"));
  const [keeper = ""] = readdirSync(join(home, "keepers"));
  const { scope, name, cwd } = plan;
  const wanted = { v: 1, scope, name, cwd, sessionId: json.session_id, launcher: plan.program.launcher };
  writeFileSync(
    join(home, "keepers", keeper, "next.json"),
    JSON.stringify({ ...wanted, partials: false, keepMs: 300_000 }),
  );
  writeFileSync(join(home, "keepers", keeper, "bell"), "next");
  await until(async () => (await warmKeepers(cli)).includes("x"), { what: "a process to be ready" });
  letGo("done");
  assert.equal((await cli.run(["wait", "x", "--turn", turnId])).code, 0);
  await ask(cli, "send", "x", "after");
  assert.deepEqual(cli.lastPrompts(), ["first", "held", "after"]);
});

test("a setting keeps a process after create as well, and off does not", async (t) => {
  const cli = await openRealCli(t);
  const env = { ...cli.env };
  cli.env.AGENT_SESSIONS_KEEP_WARM = "5m";
  assert.equal((await cli.run(["create", "x", "-a", "claude", "--json", "first"])).json.process, "cold");
  assert.equal((await cli.run(["send", "x", "--json", "second"])).json.process, "warm");
  assert.equal((await cli.run(["create", "y", "-a", "claude", "--keep-warm", "off", "first"])).code, 0);
  assert.deepEqual(await warmKeepers(cli), ["x"]);
  cli.env.AGENT_SESSIONS_KEEP_WARM = env.AGENT_SESSIONS_KEEP_WARM ?? "";
});
