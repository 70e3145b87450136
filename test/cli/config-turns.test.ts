import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openWithSettings, WRAPPERS } from "../support/cli/settings-files.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";

test("every command that runs a turn uses the settings alike", async (t) => {
  const { turn, shown, writeUser, writeRepository } = openWithSettings(t);
  assert.equal((await turn(["create", "x"])).model, undefined);
  writeUser(`model = "of-user"\neffort = "low"\n${WRAPPERS}`);
  assert.deepEqual(
    [(await turn(["send", "x"])).model, (await turn(["send", "x"])).effort],
    ["of-user", "low"],
  );
  writeRepository('model = "of-repository"\n');
  const used = await turn(["send", "x"]);
  assert.deepEqual([used.model, used.effort, used.json.model], ["of-repository", "low", "of-repository"]);
  assert.equal((await shown("x")).model, null, "a name learns only what was asked for");
  assert.equal((await turn(["send", "x", "--model", "of-option"])).model, "of-option");
  assert.equal((await turn(["send", "x"])).model, "of-option", "the name remembers it");
  const env = { AGENT_SESSIONS_MODEL: "of-environment" };
  assert.equal((await turn(["send", "x"], env)).model, "of-environment");
  assert.equal((await turn(["send", "x", "-m", "of-option"], env)).model, "of-option");
  assert.equal((await turn(["send", "x"])).model, "of-option", "and not the environment's");

  for (const args of [
    ["create", "y"],
    ["once"],
    ["ask"],
    ["fork", "y", "z"],
    ["continue"],
    ["send", "new", "--fork-from", "y"],
  ])
    assert.equal((await turn(args)).model, "of-repository", args.join(" "));
  assert.deepEqual(await shown("z"), { model: null, effort: null, access: null, command: FAKE_AGENT });
  const detached = await turn(["send", "y", "--detach"]);
  assert.equal(detached.json.type, "agent_sessions.accepted");
});

test("default makes a name forget its model and its effort, and no agent is told that word", async (t) => {
  const { turn, shown, writeUser, config, records } = openWithSettings(t);
  for (const agent of ["claude", "codex"]) {
    await turn(["create", agent, "--agent", agent, "-m", "big", "-e", "high"]);
    assert.deepEqual(Object.values(await shown(agent)).slice(0, 2), ["big", "high"]);
    const { json } = await turn(["send", agent, "--model", "default"]);
    assert.deepEqual(
      [json.effort, (await shown(agent)).model, (await shown(agent)).effort],
      ["high", null, "high"],
    );
    await turn(["send", agent, "--effort", "default", "-m", "default"]);
    assert.equal((await shown(agent)).effort, null);
    await turn(["fork", agent, `${agent}-fork`, "-e", "low"]);
    await turn(["fork", `${agent}-fork`, `${agent}-own`, "-e", "default"]);
    assert.equal((await shown(`${agent}-own`)).effort, null);
    await turn(["create", `${agent}-new`, "--agent", agent, "-m", "default", "-e", "default"]);
    assert.equal((await shown(`${agent}-new`)).model, null);
  }
  assert.ok(!records().some(({ argv }) => argv.some((word) => word.includes("default"))));
  // What the settings say applies again.
  await turn(["send", "claude", "-m", "big"]);
  writeUser(`model = "of-user"\n${WRAPPERS}`);
  assert.equal((await turn(["send", "claude"])).model, "big");
  assert.equal((await turn(["send", "claude", "-m", "default"])).model, "of-user");
  assert.equal((await turn(["send", "claude"])).model, "of-user");
  const failing = await config(["send", "claude", "-m", "default", '#fake {"isError":true}\nfails']);
  assert.equal(failing.code, 3);
});

test("a name keeps how its agent was started, whatever the settings say later", async (t) => {
  const { turn, shown, writeUser, sandbox } = openWithSettings(t);
  const start = (args: string) => `agent-cmd = ${JSON.stringify(FAKE_AGENT)}\nagent-args = [${args}]\n`;
  writeUser(start('"--one"'));
  assert.ok((await turn(["create", "x"])).argv.includes("--one"));
  writeUser(start('"--two"'));
  assert.ok((await turn(["send", "x"])).argv.includes("--one"));
  assert.ok(!(await turn(["send", "x", "--agent-arg", ""])).argv.includes("--one"));
  const without = await turn(["send", "x"]);
  assert.ok(!without.argv.some((word) => ["--one", "--two"].includes(word)), "none stays none");
  assert.ok((await turn(["create", "y"])).argv.includes("--two"));
  assert.equal((await shown("y")).command, FAKE_AGENT);
  // A path in a file starts at that file.
  const bin = join(sandbox.home, ".config/agent-sessions/bin");
  mkdirSync(bin);
  symlinkSync(FAKE_AGENT, join(bin, "mine"));
  writeUser('agent-cmd = "bin/mine --profile x"\n');
  await turn(["create", "z"]);
  assert.equal((await shown("z")).command, `${join(bin, "mine")} --profile x`);
});

test("access comes from the files only where nothing else says it, and the conversation does not keep it", async (t) => {
  const { turn, shown, writeUser } = openWithSettings(t);
  writeUser(`access = "read-only"\n${WRAPPERS}`);
  assert.equal((await turn(["create", "x"])).json.access, "read-only");
  assert.equal((await shown("x")).access, null);
  assert.equal((await turn(["create", "y", "--access", "edit"])).json.access, "edit");
  assert.equal((await turn(["send", "y"])).json.access, "edit");
  assert.equal((await turn(["send", "y"], { AGENT_SESSIONS_ACCESS: "read-only" })).json.access, "read-only");
  writeUser(`access = "edit"\n${WRAPPERS}`);
  assert.equal((await turn(["send", "x"])).json.access, "edit");
  writeUser(WRAPPERS);
  assert.equal((await turn(["send", "x"])).json.access, null);
});

test("the library reads settings only where it is asked to", async (t) => {
  const { sandbox, writeUser, say } = openWithSettings(t);
  writeUser(`agent = "codex"\nmodel = "of-user"\nkeep-warm = "off"\n${WRAPPERS}`);
  const { openSessions } = await import("../../src/index.ts");
  const { workspace, env } = sandbox;
  const plain = await openSessions({ workspace, env });
  const other = await plain.create("plain", { agentCommand: FAKE_AGENT, prompt: say({}, "hi") });
  assert.deepEqual([other.agent, (await other.show()).model], ["claude", undefined]);
  const sessions = await openSessions({ workspace, env, config: true });
  const created = await sessions.create("x", { prompt: say({}, "hi") });
  assert.equal(created.agent, "codex");
  assert.equal((await created.send("hi")).model, "of-user");
  assert.equal((await created.send("hi", { model: "mine" })).model, "mine");
  assert.equal((await created.send("hi", { model: "default" })).model, "of-user");
  writeUser("model = ");
  await assert.rejects(openSessions({ workspace, env, config: true }), {
    code: "usage",
    message: /line 1, column 9/,
  });
});
