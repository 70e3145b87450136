import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { here } from "../../src/app/ask/askers/here.ts";
import { create } from "../../src/app/ask/create.ts";
import { send } from "../../src/app/ask/send.ts";
import { show } from "../../src/app/tell/show.ts";
import { viewFolderName } from "../../src/stores/file/names/mapping-file.ts";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { contextOf } from "../support/context.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { start, until } from "../support/run.ts";
import { workerArgv } from "../support/worker.ts";

function stateOf(cli: FakeCli): string {
  return cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
}

async function waitForFile(path: string): Promise<string> {
  return until(() => (existsSync(path) ? readFileSync(path, "utf8") || undefined : undefined), {
    what: path,
  });
}

for (const agent of ["claude", "codex"]) {
  test(`${agent}: killed between its id and its name, a conversation still gets the name`, async (t) => {
    const cli = openFakeCli(t);
    const worker = workerArgv("stop");
    const argv = [...worker, agent, FAKE_AGENT, cli.say({ text: "hello" }, "hi")];
    const creating = start(argv, { cwd: cli.sandbox.workspace, env: cli.sandbox.env });
    await creating.waitFor((stdout) => stdout.includes("stopped"), { what: "the moment of publishing" });
    creating.kill("SIGKILL");
    await creating.exited;
    const shown = await until(
      async () => {
        const { json } = await cli.here(["show", "x", "--json"]);
        return json.last_turn === null || json.error !== undefined ? undefined : json;
      },
      { what: "the name", everyMs: 50 },
    );
    assert.equal((shown.last_turn as { text: string }).text, "hello");
    assert.equal((await cli.here(["create", "x", "-a", agent, "--json"])).json.error?.code, "name_exists");
    assert.equal((await cli.here(["create", "x", "-a", agent, "--replace"])).code, 0);
  });
}

test("a reservation whose turn is gone keeps nobody from the name", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "other"]);
  const names = join(stateOf(cli), "names");
  const [scope = ""] = readdirSync(names);
  const line = { at: "2026-11-21T00:00:00.000Z", edits: [{ op: "reserve", name: "x", turnId: "gone" }] };
  writeFileSync(join(names, scope, "log.jsonl"), `${JSON.stringify(line)}\n`, { flag: "a" });
  assert.equal((await cli.here(["create", "x"])).code, 0);
});

test("in a living process, a listener that throws costs neither the turn nor the name", async (t) => {
  const cli = openFakeCli(t);
  const { workspace } = cli.sandbox;
  const context = contextOf(cli.sandbox);
  const about = { name: "x", workspace, agentCommand: FAKE_AGENT };
  const mode = { kind: "plain" } as const;
  await create(context, { ...about, agent: "claude" }, here({}));
  const onEvent = () => {
    throw new Error("the listener broke");
  };
  await assert.rejects(
    send(context, { ...about, mode, prompt: "hi" }, here({ onEvent })),
    /the listener broke/,
  );
  const { lastTurn, busy } = await show(context, about);
  assert.deepEqual([lastTurn?.outcome, busy], ["succeeded", undefined]);
  const next = await send(context, { ...about, mode, prompt: "again", ifBusy: "fail" }, here({}));
  assert.equal(next.outcome, "succeeded");
});

test("a turn that can't be written down concerns its own conversation alone", async (t) => {
  const cli = openFakeCli(t);
  const created = (await cli.here(["create", "x", "--json"])).json;
  await cli.here(["create", "other"]);
  const journal = (await findFiles(stateOf(cli), "journal.jsonl")).find((path) =>
    readFileSync(path, "utf8").includes(String(created.session_id)),
  );
  assert.ok(journal);
  const kept = readFileSync(journal);
  const [pidFile, gate] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "go")];
  const sending = cli.start(["send", "x", "--json", cli.say({ pidTo: pidFile, waitForFile: gate }, "hi")]);
  await waitForFile(pidFile);
  rmSync(journal);
  mkdirSync(journal);
  writeFileSync(gate, "");
  const failed = await sending.result;
  const { error } = JSON.parse(failed.stdout);
  assert.equal(failed.code, 8, failed.stdout);
  assert.match(error.message, /turn has run anyway/);
  assert.match(error.hint, /agent-sessions show x/);
  for (const args of [["list"], ["show", "other"], ["send", "other", "hi"], ["create", "third"]]) {
    assert.equal((await cli.here(args)).code, 0, args.join(" "));
  }
  assert.equal((await cli.here(["send", "x", "hi"])).code, 8);
  rmSync(journal, { recursive: true });
  writeFileSync(journal, kept);
  const mended = (await cli.here(["show", "x", "--json"])).json;
  assert.deepEqual([mended.turns, (mended.last_turn as { outcome: string }).outcome], [2, "succeeded"]);
});

test("a conversation with names in two workspaces runs one turn at a time", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const second = cli.sandbox.addWorkspace("second");
  const views = join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
  cpSync(join(views, viewFolderName(cli.sandbox.workspace)), join(views, viewFolderName(second)), {
    recursive: true,
  });
  const pidFile = join(cli.sandbox.folder, "pid");
  const sending = cli.start(["send", "x", cli.say({ pidTo: pidFile, sleepMs: 60_000 }, "hi")]);
  const pid = Number(await waitForFile(pidFile));
  sending.kill("SIGKILL");
  await sending.exited;
  const refused = await cli.here(["send", "x", "--if-busy", "fail", "--json", "hi"], { cwd: second });
  assert.equal(refused.json.error?.code, "busy", refused.stdout);
  process.kill(pid, "SIGKILL");
  await until(() => identifyProcess(pid) === undefined, { what: "the agent to be gone" });
  assert.equal((await cli.here(["send", "x", "hi"], { cwd: second })).code, 0);
});

test("a turn of another machine is never waited for", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const pidFile = join(cli.sandbox.folder, "pid");
  const sending = cli.start(["send", "x", cli.say({ pidTo: pidFile, sleepMs: 60_000 }, "hi")]);
  const pid = Number(await waitForFile(pidFile));
  sending.kill("SIGKILL");
  await sending.exited;
  process.kill(pid, "SIGKILL");
  const [planPath = ""] = await findFiles(join(stateOf(cli), "turns"), "turn.json");
  const plan = JSON.parse(readFileSync(planPath, "utf8"));
  writeFileSync(
    planPath,
    JSON.stringify({ ...plan, caller: { ...plan.caller, boot: "b", host: "elsewhere" } }),
  );
  const refused = await cli.here(["send", "x", "--json", "hi"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"]);
  assert.match(refused.json.error?.message ?? "", /another machine/);
  rmSync(dirname(planPath), { recursive: true });
});

test("litter in turns/ disturbs nobody", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  for (const [name, content] of [
    ["null", "null"],
    ["newer", '{"v":2}'],
    ["torn", '{"v":1,'],
    ["empty", ""],
  ] as const) {
    const folder = join(stateOf(cli), "turns", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "turn.json"), content);
  }
  writeFileSync(join(stateOf(cli), "turns", "file"), "");
  assert.equal((await cli.here(["list"])).code, 0);
  assert.equal((await cli.here(["send", "x", "hi"])).code, 0);
});

test("cancelling ends what the agent left behind too", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const files = ["agent", "daemon"].map((name) => join(cli.sandbox.folder, name));
  const [agentFile = "", daemonFile = ""] = files;
  const daemon = { setsid: true, holdStdout: true, ignoreSigterm: true, pidTo: daemonFile };
  const sending = cli.start([
    "send",
    "x",
    "--json",
    cli.say({ grandchild: daemon, pidTo: agentFile, sleepMs: 60_000 }, "hi"),
  ]);
  const pids = [Number(await waitForFile(agentFile)), Number(await waitForFile(daemonFile))];
  sending.kill("SIGINT");
  assert.equal((await sending.result).code, 130);
  for (const pid of pids) assert.equal(identifyProcess(pid), undefined);
});

test("a second signal ends the patience", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const pidFile = join(cli.sandbox.folder, "pid");
  const script = { pidTo: pidFile, sleepMs: 60_000, ignoreSigint: true };
  const sending = cli.start(["send", "x", "--json", cli.say(script, "hi")]);
  await waitForFile(pidFile);
  sending.kill("SIGINT");
  // Two signals of one kind may arrive as one.
  sending.kill("SIGTERM");
  const startedMs = performance.now();
  assert.ok([130, 143].includes((await sending.result).code ?? 0));
  assert.ok(performance.now() - startedMs < 2_500, "without waiting for the grace of 3 s");
});

test("Ctrl-C before there is a turn ends the command and starts nothing", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "one")]);
  const { start: startRaw } = await import("../support/run.ts");
  const { CLI } = await import("../support/cli/fake-cli.ts");
  const argv = [process.execPath, CLI, "send", "x", "--agent-cmd", FAKE_AGENT, "-"];
  const sending = startRaw(argv, { cwd: cli.sandbox.workspace, env: cli.sandbox.env, keepStdin: true });
  sending.write(cli.say({}, "never"));
  await until(() => readFileSync(`/proc/${sending.pid}/wchan`, "utf8") !== "0" && hasLoaded(sending.pid), {
    what: "the command to read",
  });
  sending.kill("SIGINT");
  assert.equal((await sending.exited).signal, "SIGINT");
  assert.equal(cli.records().length, 1);
});

/** Whether the program has been loaded and waits: its threads are up. */
function hasLoaded(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).length > 6;
}

test("a wrapper that drops the chosen id is told so, and nothing is named", async (t) => {
  const cli = openFakeCli(t);
  const other = "0199aaaa-bbbb-4ccc-8ddd-eeeeffff0000";
  const result = await cli.here(["create", "x", "--json", cli.say({ sessionId: other }, "hi")]);
  assert.deepEqual([result.code, result.json.error?.code], [3, "conversation_changed"]);
  assert.match(result.json.error?.message ?? "", /No name was created/);
  assert.equal((await cli.here(["list", "--json"])).json.count, 0);
  assert.equal((await cli.here(["create", "x"])).code, 0);
});

test("a replacement that fails leaves the name where it was", async (t) => {
  const cli = openFakeCli(t);
  for (const agent of ["claude", "codex"]) {
    const before = (await cli.here(["create", agent, "-a", agent, "--json"])).json.session_id;
    const script = { isError: true, text: "no", noAnswer: true };
    assert.equal(
      (await cli.here(["create", agent, "-a", agent, "--replace", cli.say(script, "hi")])).code,
      3,
    );
    assert.equal((await cli.here(["show", agent, "--json"])).json.session_id, before);
  }
});

test("ten processes with --if-missing make one conversation", async (t) => {
  const cli = openFakeCli(t);
  const attempts = await Promise.all(
    Array.from({ length: 10 }, () => cli.here(["create", "x", "--if-missing", "--json", cli.say({}, "hi")])),
  );
  const ids = new Set(attempts.filter(({ code }) => code === 0).map(({ json }) => json.session_id));
  assert.equal(ids.size, 1);
  assert.equal((await cli.here(["show", "x", "--json"])).json.session_id, [...ids][0]);
  assert.equal(cli.records().length, 1);
});

test("a waiting send follows a name that /clear moves", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "go");
  const cleared = "0199aaaa-bbbb-4ccc-8ddd-eeeeffff1111";
  const script = JSON.stringify({ sessionId: cleared, waitForFile: gate });
  const clearing = cli.start(["send", "x", "--json", "/clear"], { env: { FAKE_AGENT: script } });
  await until(async () => (await cli.here(["show", "x", "--json"])).json.busy !== null, {
    what: "the first turn",
  });
  const waiting = cli.start(["send", "x", "--json", cli.say({}, "after")]);
  await waiting.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the notice" });
  writeFileSync(gate, "");
  await clearing.result;
  const result = JSON.parse((await waiting.result).stdout.trimEnd());
  assert.deepEqual([result.outcome, result.session_id], ["succeeded", cleared]);
});

test("a command in a folder that is gone says so", async (t) => {
  const cli = openFakeCli(t);
  const { CLI } = await import("../support/cli/fake-cli.ts");
  const { run } = await import("../support/run.ts");
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
  for (const flags of [[], ["--json"]]) {
    const argv = ["sh", "-c", script, "sh", process.execPath, CLI, "list", ...flags];
    const result = await run(argv, { cwd: cli.sandbox.folder, env: cli.sandbox.env });
    assert.equal(result.code, 2);
    assert.match(result.stdout + result.stderr, /does not exist any more/);
    assert.doesNotMatch(result.stderr, /\n\s+at /);
    if (flags.length > 0) assert.equal(JSON.parse(result.stdout).error.code, "folder_missing");
  }
});

async function findFiles(root: string, name: string): Promise<string[]> {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" });
  return paths.filter((path) => path.endsWith(name)).map((path) => join(root, path));
}
