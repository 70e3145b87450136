import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test, { type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { type Opened, openMcp } from "../support/cli/mcp-server.ts";
import { fakePrompt, readFakeRecords } from "../support/fake-agent/script.ts";
import { run, until } from "../support/run.ts";

/** A server without a client in between, and each line that it has written. */
function openWire(t: TestContext, { argv, env, sandbox }: Opened) {
  const [command = "", ...args] = argv();
  const child: ChildProcessWithoutNullStreams = spawn(command, args, { env, cwd: sandbox.workspace });
  t.after(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const answers = () =>
    lines.map((line) => JSON.parse(line) as { id?: unknown; result?: Answer; error?: unknown });
  const write = (message: unknown) => child.stdin.write(`${JSON.stringify(message)}\n`);
  const ask = async (id: number, method: string, params: object = {}) => {
    write({ jsonrpc: "2.0", id, method, params });
    return until(() => answers().find((one) => one.id === id), { what: `the answer to ${method}` });
  };
  const begin = async () => {
    const clientInfo = { name: "raw", version: "1" };
    await ask(1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    write({ jsonrpc: "2.0", method: "notifications/initialized" });
  };
  const ended = new Promise<number | string | null>((resolve) =>
    child.once("close", (code, signal) => resolve(signal ?? code)),
  );
  return { child, lines, ask, write, begin, ended };
}

interface Answer {
  content?: { text: string }[];
  isError?: boolean;
  protocolVersion?: string;
}

test("a client that looks in one era and goes on in the other, in a storm of notifications and broken lines, is served", async (t) => {
  const wire = openWire(t, openMcp(t));
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  assert.ok((await wire.ask(7, "server/discover", { _meta: meta })).result, wire.lines.join("\n"));
  await wire.begin();
  for (let nr = 0; nr < 3_000; nr += 1) {
    wire.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: nr + 100_000 } });
    wire.write({ jsonrpc: "2.0", method: "notifications/nobody/knows", params: { nr } });
  }
  wire.child.stdin.write("no JSON\n{}\n[]\n\n");
  const { result } = await wire.ask(8, "tools/call", { name: "status", arguments: {} });
  assert.equal(JSON.parse(result?.content?.[0]?.text ?? "{}").count, 0);
  assert.equal(wire.lines.length, 3, "and nothing else is on the wire");
  wire.child.stdin.end();
  assert.equal(await wire.ended, 0);
});

test("a server whose client is gone ends at once and closes the wire, though it waits for a turn that runs", async (t) => {
  const opened = openMcp(t);
  for (const end of ["end of input", "SIGTERM"] as const) {
    const wire = openWire(t, opened);
    await wire.begin();
    const prompt = fakePrompt({ waitForFile: join(opened.sandbox.folder, "let-go") }, "hi");
    const name = end.replaceAll(" ", "-");
    await wire.ask(2, "tools/call", { name: "send", arguments: { name, agent: "claude", prompt } });
    for (const id of [3, 4, 5])
      wire.write({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "wait", arguments: { name } } });
    await wire.ask(6, "tools/call", { name: "status", arguments: {} });
    if (end === "SIGTERM") wire.child.kill("SIGTERM");
    else wire.child.stdin.end();
    assert.equal(await wire.ended, end === "SIGTERM" ? "SIGTERM" : 0);
    assert.ok(wire.lines.every((line) => JSON.parse(line).jsonrpc === "2.0"));
  }
  writeFileSync(join(opened.sandbox.folder, "let-go"), "");
  const { call } = await opened.connect();
  for (const name of ["end-of-input", "SIGTERM"])
    assert.equal((await call("wait", { name })).outcome, "succeeded");
});

test("arguments that look like options, like paths, or like nothing that a text should be", async (t) => {
  const { connect, sandbox } = openMcp(t);
  const { call } = await connect();
  const file = join(sandbox.folder, "file");
  writeFileSync(file, "");
  const hi = { prompt: "hi", agent: "claude" };
  const cases: [tool: string, args: Record<string, unknown>, error: string][] = [
    ["show", { name: "--help" }, "no_such_name"],
    ["show", { name: "-" }, "no_such_name"],
    ["wait", { name: "-" }, "no_such_name"],
    ["cancel", { name: "--all" }, "no_such_name"],
    ["show", { name: "../../etc/passwd" }, "no_such_name"],
    ["create", { ...hi, name: "a\0b" }, "usage"],
    ["create", { ...hi, name: "" }, "usage"],
    ["send", { ...hi, name: "x", agent: "../claude" }, "usage"],
    ["send", { ...hi, name: "x", agent: "" }, "usage"],
    ["send", { ...hi, name: "x", agent: "--json" }, "usage"],
    ["send", { ...hi, name: "x", workspace: "/no/such/folder" }, "folder_missing"],
    ["send", { ...hi, name: "x", workspace: file }, "folder_missing"],
    ["send", { ...hi, name: "x", workspace: "a\0b" }, "usage"],
    ["send", { ...hi, name: "x", workspace: "" }, "usage"],
    ["send", { ...hi, name: "x", prompt: "" }, "prompt_empty"],
    ["send", { ...hi, name: "x", model: "a\0b" }, "usage"],
    ["send", { ...hi, name: "x", request_id: "" }, "usage"],
    ["send", { ...hi, name: "x", access: "--full" }, "usage"],
    ["cost", { since: "--all" }, "usage"],
    ["list", { limit: 0 }, "usage"],
  ];
  for (const [tool, args, error] of cases) {
    const answer = await call(tool, args);
    assert.deepEqual(
      [answer.isError, answer.error],
      [true, error],
      `${tool} ${JSON.stringify([args, answer])}`,
    );
    assert.ok(String(answer.message).length > 10 && String(answer.hint).length > 10, JSON.stringify(answer));
  }
  assert.equal((await call("list", { all: true })).count, 0, "nothing was left behind");
  const started = await call("list", { agent: null, workspace: null });
  assert.equal(started.isError, false, "null is not given");
});

test("a prompt of 5 MB, and one with zero bytes and halves of characters, arrive or are refused", async (t) => {
  const { connect } = openMcp(t);
  const { call } = await connect();
  const prompt = fakePrompt({ text: "ok" }, "x".repeat(5_000_000));
  await call("send", { name: "long", agent: "claude", prompt });
  assert.equal((await call("wait", { name: "long" })).text, "ok");
  const { turns } = await call("history", { name: "long" });
  assert.ok(JSON.stringify(turns).length < 10_000, "shown in part");
  const odd = await call("send", { name: "odd", agent: "claude", prompt: "a\ud800b\0c" });
  if (odd.isError) assert.equal(odd.error, "usage");
  else assert.match(String((await call("wait", { name: "odd" })).text), /^You said: a�b\0?c/);
});

test("calls at once do not meet, and one request that comes twice at once is asked once", async (t) => {
  const { connect } = openMcp(t);
  const { call } = await connect();
  const sent = await Promise.all(
    ["a", "b", "c"].flatMap((name) => {
      const args = { name, agent: "claude", prompt: `hi ${name}`, request_id: name };
      return [call("send", args), call("send", args)];
    }),
  );
  const failures = sent.filter(({ isError }) => isError);
  assert.deepEqual(failures, []);
  const answers = await Promise.all(["a", "b", "c"].map((name) => call("wait", { name })));
  assert.deepEqual(
    answers.map(({ text }) => text),
    ["a", "b", "c"].map((name) => `You said: hi ${name} [prompts: 1]`),
  );
});

test("a state home that can't be used is an answer, and the server is there when it can", async (t) => {
  const { connect, env } = openMcp(t);
  const { call } = await connect();
  const home = env.AGENT_SESSIONS_HOME ?? assert.fail("it is given");
  rmSync(home, { recursive: true, force: true });
  writeFileSync(home, "no folder");
  const asked = await Promise.all([
    call("list", {}),
    call("send", { name: "x", agent: "claude", prompt: "hi" }),
    call("wait", { name: "x" }),
  ]);
  for (const answer of asked) assert.match(String(answer.error), /^state_un/, JSON.stringify(answer));
  rmSync(home);
  assert.equal((await call("list", {})).isError, false);
});

test("a client that works elsewhere than the server was started is asked for its folder", async (t) => {
  const { connect, sandbox } = openMcp(t);
  const folder = sandbox.addWorkspace("elsewhere");
  const roots = [
    { uri: "file://another.host/folder" },
    { uri: pathToFileURL(join(folder, "missing")).href },
    { uri: pathToFileURL(folder).href },
  ];
  const { call } = await connect([], "legacy", {
    capabilities: { roots: {} },
    prepare: (client) => client.setRequestHandler("roots/list", () => ({ roots })),
  });
  await call("send", { name: "x", agent: "claude", prompt: "hi" });
  assert.equal((await call("show", { name: "x" })).workspace, folder);
  const silent = await connect([], "legacy", {
    capabilities: { roots: {} },
    prepare: (client) =>
      client.setRequestHandler("roots/list", () => {
        throw new Error("not today");
      }),
  });
  assert.equal(
    (await silent.call("show", { name: "x" })).error,
    "no_such_name",
    "in the folder of the server",
  );
  assert.equal((await call("wait", { name: "x" })).outcome, "succeeded");
});

test("no way leads above the ceiling: not a name that has more, its fork, nor what settings say", async (t) => {
  const opened = openMcp(t);
  const { connect, env, sandbox, argv } = opened;
  // Claude Code allows root full access there alone.
  env.IS_SANDBOX = "1";
  const settings = join(env.XDG_CONFIG_HOME ?? join(sandbox.home, ".config"), "agent-sessions");
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, "config.toml"), 'access = "full"\n');
  writeFileSync(
    join(sandbox.workspace, ".agent-sessions.toml"),
    'access = "full"\nagent-args = ["--yolo"]\n',
  );
  const create = async (...args: string[]) => {
    const { code, stderr } = await run([...argv().slice(0, 2), "create", ...args, "hi"], {
      cwd: sandbox.workspace,
      env,
    });
    assert.equal(code, 0, stderr);
  };
  const recordTo = join(sandbox.folder, "records.jsonl");
  const say = (text: string) => fakePrompt({ recordArgvTo: recordTo }, text);
  await create("strong", "--access", "full");
  await create("armed", "--agent-arg=--verbose");
  const { call } = await connect();
  const ways: [string, Record<string, unknown>][] = [
    ["send", { name: "strong" }],
    ["fork", { name: "strong", new_name: "child" }],
    ["send", { name: "new", agent: "claude" }],
    ["create", { name: "newer", agent: "claude" }],
  ];
  for (const [tool, args] of ways) {
    const answer = await call(tool, { ...args, prompt: say("hi") });
    assert.equal(answer.isError, false, JSON.stringify(answer));
    assert.equal((await call("wait", { name: args.new_name ?? args.name })).outcome, "succeeded");
  }
  const starts = readFakeRecords(readFileSync(recordTo, "utf8")).filter(({ event }) => event === "start");
  assert.equal(starts.length, ways.length);
  for (const start of starts)
    assert.doesNotMatch(JSON.stringify(start), /bypassPermissions|dangerously|yolo/);
  for (const tool of ["send", "consult", "fork"]) {
    const refused = await call(tool, {
      name: "armed",
      prompt: "hi",
      ...(tool === "fork" ? { new_name: "y" } : {}),
    });
    assert.match(String(refused.message), /arguments of its own, "--verbose"/, JSON.stringify(refused));
  }
  for (const tool of ["send", "create"]) {
    const refused = await call(tool, { name: "z", agent: "claude", prompt: "hi", access: "full" });
    assert.match(String(refused.message), /"full" is above/);
  }
});

test("a thousand calls leave nothing behind", async (t) => {
  const { connect } = openMcp(t);
  const { call, pid } = await connect();
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  const calls = async (count: number) => {
    for (let nr = 0; nr < count; nr += 10)
      await Promise.all(Array.from({ length: 10 }, () => call("status", {})));
  };
  await calls(400);
  const before = rss();
  await calls(600);
  assert.ok(rss() - before < 40_000, `${before} kB after 400 calls, ${rss()} kB after 1,000`);
});
