// Codex that is kept warm: an app server, and our program that speaks with it.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI } from "../support/cli/fake-cli.ts";
import { killInWarmTurn } from "../support/cli/kill-in-warm-turn.ts";
import { openWarm } from "../support/cli/open-warm.ts";
import { openLoopback } from "../support/loopback/loopback.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { run, until } from "../support/run.ts";

realAgents();

const shell = (cmd: string) => ({ name: "exec_command", args: { cmd } });

const patch = (path: string) =>
  `apply_patch <<'END'\n*** Begin Patch\n*** Add File: ${path}\n+hello\n*** End Patch\nEND\n`;

/** The processes that work for whoever has this home. */
async function processesOf(home: string): Promise<string[]> {
  const found = await run(["pgrep", "-f", "codex-bridge|app-server"], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
  });
  return found.stdout
    .split("\n")
    .filter((pid) => pid !== "")
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`HOME=${home}`);
      } catch {
        return false;
      }
    });
}

test("turns of codex go on in one process, with the lines, costs and prompts of turns of their own", async (t) => {
  const { sessions, send, said, model, notes, workspace, env } = await openWarm(t, { agent: "codex" });
  const x = await sessions.get("x");
  model.when("fail", { toolCalls: [shell("echo out; exit 3")], next: "seen" });
  model.when("patch", { toolCalls: [shell(patch("new.txt"))], next: "made" });
  model.when("resources", { toolCalls: [{ name: "list_mcp_resources", args: {} }], next: "none" });
  model.when("bad", { status: 400, message: "no" });
  const prompts = ["text", "fail", "patch", "resources", "bad"];
  const linesOf = async (prompt: string) => {
    const lines: string[] = [];
    const turn = x.send(prompt, { access: "edit" });
    for await (const line of turn.lines())
      lines.push(line.replace(/"input_tokens":\d+|"output_tokens":\d+/g, ""));
    const { process, outcome, usage } = await turn;
    return { lines, process, outcome, usage: usage?.outputTokens };
  };
  await x.send("with access", { access: "edit" });
  const warm = [];
  for (const prompt of prompts) {
    warm.push(await linesOf(prompt));
    await run(["rm", "-f", join(workspace, "new.txt")], { cwd: workspace, env });
    // A turn that has failed leaves nothing warm.
    if (prompt === "bad") await x.send("again", { access: "edit" });
  }
  assert.deepEqual(
    warm.map(({ process }) => process),
    prompts.map(() => "warm"),
  );
  await sessions.close();
  const cold = [];
  for (const prompt of prompts) {
    cold.push(await linesOf(prompt));
    await sessions.close();
    await run(["rm", "-f", join(workspace, "new.txt")], { cwd: workspace, env });
  }
  const asCold = warm.map((one) => ({ ...one, process: "cold" }));
  assert.deepEqual(asCold, cold);
  assert.equal((await send("last")).text, "You said: last");
  assert.deepEqual(said(), ["first", "start", "with access", ...prompts, "again", ...prompts, "last"]);
  assert.deepEqual(notes, []);
});

test("what a turn does not say is not taken from the turn before: access, model and effort", async (t) => {
  const { sessions, send, model, workspace, env } = await openWarm(t, { agent: "codex" });
  const x = await sessions.get("x");
  const outside = join(env.HOME ?? "", "made");
  model.when(/^write/, { toolCalls: [shell(`echo x > ${outside}`)], next: "tried" });
  // A turn of another program: what it was asked with is what codex remembers.
  const { sessionId = "" } = await send("a");
  const full = ["codex", "exec", "--model", "gpt-other", "-c", "model_reasoning_effort=high"];
  const wide = [...full, "--sandbox", "danger-full-access", "--json", "resume", sessionId, "-"];
  assert.equal((await run(wide, { cwd: workspace, env, input: "wide" })).code, 0);
  const next = await x.send("write");
  assert.deepEqual([next.process, existsSync(outside)], ["warm", false]);
  const asked = model.requests().at(-1);
  const { reasoning } = (asked?.body ?? {}) as { reasoning?: { effort?: string } };
  assert.deepEqual([asked?.model, reasoning?.effort], ["gpt-loopback", undefined]);
  const allowed = await x.send("write it", { access: "full" });
  assert.deepEqual([allowed.outcome, existsSync(outside)], ["succeeded", true]);
});

test("folders, servers and a model that another program has used are not those of our turns", async (t) => {
  const { sessions, send, model, workspace, env } = await openWarm(t, { agent: "codex" });
  const x = await sessions.get("x");
  // Not below the temporary folder, in which a turn that may edit may write.
  const outside = mkdtempSync("/var/tmp/as-outside-");
  t.after(() => rmSync(outside, { recursive: true, force: true }));
  const made = join(outside, "made");
  model.when("write", { toolCalls: [shell(`echo x > ${made}`)], next: "tried" });
  const { sessionId = "" } = await send("a", { access: "edit" });
  for (const wider of [
    ["--add-dir", outside],
    ["-c", `sandbox_workspace_write.writable_roots=[${JSON.stringify(outside)}]`],
  ]) {
    const words = [
      "codex",
      "exec",
      "--sandbox",
      "workspace-write",
      ...wider,
      "--json",
      "resume",
      sessionId,
      "-",
    ];
    const other = await run(words, { cwd: workspace, env, input: "wider" });
    assert.equal(other.code, 0, other.stderr);
    assert.equal((await x.send("write", { access: "edit" })).process, "warm");
    assert.equal(existsSync(made), false, wider.join(" "));
  }
  const config = join(env.HOME ?? "", ".codex/config.toml");
  writeFileSync(config, readFileSync(config, "utf8").replace('model = "gpt-loopback"\n', ""));
  const other = ["codex", "exec", "--model", "gpt-other", "-c", "model_reasoning_effort=high"];
  const askedFor = async (keep: boolean) => {
    await run([...other, "--json", "resume", sessionId, "-"], { cwd: workspace, env, input: "other" });
    if (!keep) await sessions.close();
    const { process } = await send("plain");
    const { model: name, body } = model.requests().at(-1) ?? {};
    return { process, name, reasoning: body?.reasoning };
  };
  // After close, the first turn starts a process that stays; the second one goes on in it.
  const cold = await askedFor(false);
  const warm = await askedFor(true);
  assert.deepEqual([cold.process, warm.process], ["cold", "warm"]);
  const bare = ["codex", "exec", "--json", "resume", sessionId, "-"];
  await run(bare, { cwd: workspace, env, input: "bare" });
  const { model: name, body } = model.requests().at(-1) ?? {};
  for (const { process: _, ...asked } of [cold, warm])
    assert.deepEqual(asked, { name, reasoning: body?.reasoning });
});

test("where it can't be told how codex would ask, the turn has a process of its own", async (t) => {
  const { send, env, workspace } = await openWarm(t, { agent: "codex" });
  assert.equal((await send("a")).process, "warm");
  const config = join(env.HOME ?? "", ".codex/config.toml");
  // A folder that is trusted gets more access by itself; how much is up to codex.
  appendFileSync(config, `\n[projects.${JSON.stringify(workspace)}]\ntrust_level = "trusted"\n`);
  for (const prompt of ["b", "c"]) assert.equal((await send(prompt)).process, "cold");
  assert.equal((await send("d", { access: "edit" })).process, "cold");
  assert.equal((await send("e", { access: "edit" })).process, "warm");
  const strict = { access: "edit", agentArgs: ["--strict-config"] };
  for (const prompt of ["f", "g"]) assert.equal((await send(prompt, strict)).process, "cold");
  writeFileSync(join(env.HOME ?? "", ".codex/.env"), "MY_KEY=two\n");
  const verbose = { access: "edit", agentArgs: ["-c", "model_verbosity=low", "--skip-git-repo-check"] };
  assert.equal((await send("h", verbose)).process, "cold");
  assert.equal((await send("i", verbose)).process, "warm");
});

test("a program that is killed in a warm turn of codex leaves the answer to the next command, and no process", async (t) => {
  const loopback = await openLoopback();
  t.after(() => loopback.close());
  const { env, workspace: cwd, model } = loopback;
  await killInWarmTurn(loopback, "codex");
  const cli = async (...words: string[]) =>
    JSON.parse((await run([process.execPath, CLI, ...words, "--json"], { cwd, env })).stdout);
  const waited = await cli("wait", "x");
  assert.deepEqual([waited.outcome, waited.text, waited.process], ["succeeded", "the answer", "warm"]);
  await until(async () => (await processesOf(env.HOME ?? "")).length === 0, { what: "all of them to exit" });
  assert.equal((await cli("send", "x", "next")).outcome, "succeeded");
  assert.deepEqual(model.requests().at(-1)?.userMessages, ["first", "start", "slow", "next"]);
});

test("a codex that is killed in a warm turn ends the turn, and the next one has a new process", async (t) => {
  const { sessions, send, model, said, env } = await openWarm(t, { agent: "codex" });
  const x = await sessions.get("x");
  for (const what of ["codex-bridge", "app-server"]) {
    assert.equal((await send(`before ${what}`)).outcome, "succeeded");
    model.when(what, "never");
    const turn = x.send(what);
    await model.received(what);
    for (const pid of await processesOf(env.HOME ?? "")) {
      const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
      const isIt =
        what === "codex-bridge" ? /codex-bridge/.test(words[1] ?? "") : !/bridge/.test(words[1] ?? "");
      if (isIt) process.kill(Number(pid), "SIGKILL");
    }
    const { outcome, isPromptKept } = await turn;
    assert.deepEqual([outcome, isPromptKept], ["failed", true]);
    await until(async () => (await processesOf(env.HOME ?? "")).length === 0, {
      what: "all of them to exit",
    });
  }
  const last = await send("last");
  assert.deepEqual([last.process, said().at(-1)], ["cold", "last"]);
});
