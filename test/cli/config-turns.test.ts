import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { removeCopies } from "../support/cli/remove-copies.ts";
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

/** Settings for agents that are on PATH, without a wrapper. */
function openOnPath(t: TestContext) {
  const cli = openWithSettings(t);
  const bin = join(cli.sandbox.folder, "bin");
  mkdirSync(bin);
  for (const agent of ["claude", "codex"]) symlinkSync(FAKE_AGENT, join(bin, agent));
  const PATH = `${bin}:${cli.sandbox.env.PATH}`;
  cli.writeUser("");
  const turn: typeof cli.turn = (args, env = {}) => cli.turn(args, { PATH, ...env });
  /** Makes the agent lose the conversation of a name. */
  const lose = async (name: string) => {
    rmSync(String((await cli.config(["show", name, "--json"])).json.transcript));
    removeCopies(cli.sandbox);
  };
  return { ...cli, PATH, turn, lose };
}

test("a fork, and what replaces a lost conversation, are started as their parent was, also without a wrapper", async (t) => {
  const { turn, shown, writeUser, lose, config, PATH, sandbox } = openOnPath(t);
  await turn(["create", "x"]);
  await turn(["create", "lost"]);
  await lose("lost");
  const wrapper = join(sandbox.folder, "other-account");
  writeFileSync(wrapper, `#!/bin/sh\nexec ${FAKE_AGENT} --other-account "$@"\n`, { mode: 0o755 });
  writeUser(`agent-cmd = "${wrapper}"\nagent-args = ["--planted"]\n`);
  const begun = [
    ["fork", "x", "with-a-turn"],
    ["send", "by-send", "--fork-from", "x"],
    ["send", "lost", "--fresh"],
  ];
  for (const args of begun) {
    const { argv } = await turn(args);
    const others = argv.filter((word) => ["--other-account", "--planted"].includes(word));
    assert.deepEqual(others, [], args.join(" "));
  }
  assert.equal((await config(["fork", "x", "behind", "hi", "--detach"], { PATH })).code, 0);
  assert.equal((await config(["wait", "behind"])).code, 0);
  for (const name of ["with-a-turn", "by-send", "lost", "behind"]) {
    assert.equal((await shown(name)).command, null, name);
    assert.ok(!(await turn(["send", name])).argv.includes("--planted"), name);
  }
  // A conversation without a name keeps nothing, so the files do not move it to another account either.
  const { session_id: id } = (await turn(["once", "--resumable", "--agent-cmd", FAKE_AGENT])).json;
  const { argv } = await turn(["once", "--resume", String(id)]);
  assert.deepEqual(
    argv.filter((word) => ["--other-account", "--planted"].includes(word)),
    [],
  );
  assert.ok((await turn(["create", "new"])).argv.includes("--other-account"), "a new one is started so");
});

test("a fork under a variable of the environment keeps what its parent remembers", async (t) => {
  const { turn, shown, config, lose, PATH } = openOnPath(t);
  const env = { AGENT_SESSIONS_ACCESS: "edit", AGENT_SESSIONS_MODEL: "of-environment" };
  const remembered = { model: "big", effort: "high", access: "read-only", command: null };
  const begin = (name: string) => turn(["create", name, "--access", "read-only", "-m", "big", "-e", "high"]);
  await begin("x");
  await begin("lost");
  await lose("lost");
  const forked = await turn(["fork", "x", "with-a-turn"], env);
  assert.deepEqual([forked.json.access, forked.model], ["edit", "of-environment"]);
  assert.equal((await config(["fork", "x", "by-copy"], { PATH, ...env })).code, 0);
  assert.equal((await turn(["send", "lost", "--fresh"], env)).json.access, "edit");
  for (const name of ["with-a-turn", "by-copy", "lost"]) {
    assert.deepEqual(await shown(name), remembered, name);
    const { json, model } = await turn(["send", name]);
    assert.deepEqual([json.access, model], ["read-only", "big"], name);
  }
});
