// What the agents write down about their own processes, with the fake agent; the real ones are in test/real-agents.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { until } from "../support/until.ts";

/** Writes the record of a window down, as claude 2.1.329 does. */
function record(cli: FakeCli, window: Record<string, unknown>): void {
  const folder = join(cli.sandbox.home, ".claude/sessions");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "window.json"), JSON.stringify(window));
}

test("a window counts while its process lives, not while another one has its number", async (t) => {
  const cli = openFakeCli(t);
  const { json } = await cli.here(["create", "x", "--json"]);
  const { pid } = process;
  const window = { pid, sessionId: json.session_id, entrypoint: "cli", status: "idle" };
  const send = async (...options: string[]) => {
    const { code, json } = await cli.here(["send", "x", "--json", ...options, "hi"]);
    return [code, json.error?.code];
  };
  record(cli, { ...window, procStart: identifyProcess(pid)?.start });
  assert.deepEqual(await send(), [5, "busy"]);
  assert.deepEqual(await send("--with-open-window"), [0, undefined]);
  record(cli, window);
  assert.deepEqual(await send(), [5, "busy"], "without a start time the number alone decides");
  record(cli, { ...window, procStart: "1" });
  assert.deepEqual(await send(), [0, undefined]);
  record(cli, { ...window, sessionId: "01a1fd38-053f-7091-8809-4a6d13007cbb" });
  assert.deepEqual(await send(), [0, undefined], "another conversation");
  record(cli, { ...window, pid: 2 ** 22 });
  assert.deepEqual(await send(), [0, undefined], "nobody");
});

test("a send that is not to wait fails while a window has its conversation, wherever it would run", async (t) => {
  const cli = openFakeCli(t);
  const { json } = await cli.here(["create", "x", "--json"]);
  record(cli, { pid: process.pid, sessionId: json.session_id, entrypoint: "cli", status: "idle" });
  const sent = await cli.here(["send", "x", "--if-busy", "fail", "--deadline", "30s", "--json", "hi"]);
  assert.deepEqual([sent.code, sent.json.error?.code], [5, "busy"], sent.stdout);
  assert.match(sent.json.error?.hint ?? "", /add --with-open-window/);
  const anyway = await cli.here(["send", "x", "--with-open-window", "--deadline", "30s", "--json", "hi"]);
  assert.deepEqual([anyway.code, anyway.json.outcome], [0, "succeeded"], anyway.stdout);
  record(cli, { pid: 2 ** 22, sessionId: json.session_id });
  assert.equal((await cli.here(["send", "x", "hi"])).code, 0);
});

test("status tells windows from turns of somebody else", async (t) => {
  const cli = openFakeCli(t);
  const { json } = await cli.here(["create", "x", "--json"]);
  const window = { pid: process.pid, sessionId: json.session_id, status: "busy" };
  for (const [entrypoint, kind, words] of [
    ["cli", "window", "open in a window (busy, pid "],
    ["sdk-cli", "turn", "a turn of another program (busy, pid "],
    ["cli", "background", "open in the background (busy, pid "],
  ]) {
    record(cli, { ...window, entrypoint, kind: kind === "background" ? "bg" : "interactive" });
    const told = await cli.here(["status", "x", "--json"]);
    assert.deepEqual(told.json.windows, [
      {
        name: "x",
        agent: "claude",
        session_id: json.session_id,
        workspace: cli.sandbox.workspace,
        pid: process.pid,
        kind,
        status: "busy",
        opened_at: null,
        went_on_in: null,
      },
    ]);
    assert.ok((await cli.here(["status", "x"])).stdout.includes(`${words}${process.pid})`));
  }
});

test("who is busy with somebody else's turn, and who waits for it, is told by all alike", async (t) => {
  const cli = openFakeCli(t);
  const { json } = await cli.here(["create", "x", "--json"]);
  const window = { pid: process.pid, sessionId: json.session_id, status: "busy" };
  record(cli, { ...window, entrypoint: "sdk-cli" });
  assert.equal((await cli.here(["send", "x", "--if-busy", "fail", "hi"])).code, 5);
  // As a tool of that turn does.
  const env = { CLAUDE_CODE_SESSION_ID: String(json.session_id) };
  const own = await cli.here(["send", "x", "--json", "hi"], { env });
  assert.deepEqual([own.code, own.json.error?.code], [5, "own_conversation"], own.stdout);
  const other = { pid: process.pid, kind: "turn", status: "busy", opened_at: null, went_on_in: null };
  const shown = await cli.here(["show", "x", "--json"]);
  assert.deepEqual(shown.json.busy, {
    ...{ turn_id: null, state: "window", waits_because: null, since: null },
    ...{ prompt: null, caller_is_gone: false },
    window: other,
  });
  const listed = await cli.here(["list", "--json"]);
  assert.deepEqual((listed.json.names as { window: object }[])[0]?.window, other);
  assert.match((await cli.here(["show", "x"])).stdout, /a turn of another program \(busy, pid \d+\)/);
  assert.match((await cli.here(["list"])).stdout, /^x +other program +claude /m);
  const waiting = cli.start(["send", "x", "hi"]);
  await waiting.waitFor((_, stderr) => stderr !== "", { what: "a word of the wait" });
  const { turns } = (await cli.here(["status", "x", "--json"])).json as { turns: Record<string, unknown>[] };
  assert.deepEqual(
    turns.map(({ reason, pid }) => [reason, pid]),
    [["waiting", waiting.pid]],
  );
  record(cli, { ...window, entrypoint: "sdk-cli", pid: 2 ** 22 });
  assert.equal((await waiting.result).code, 0);
  assert.equal((await cli.here(["show", "x", "--json"])).json.busy, null);
});

test("what Claude's background service holds is refused like a window, also before it is up; no option sends past it", async (t) => {
  const cli = openFakeCli(t);
  const sessionId = (await cli.here(["create", "x", "--json"])).json.session_id;
  const daemon = join(cli.sandbox.home, ".claude/daemon");
  const refused = async (...words: string[]) => {
    const { code, json } = await cli.here([...words, "--json", "hi"]);
    const { code: why, hint } = (json.error ?? {}) as { code?: string; hint?: string };
    return [code, why, /`claude stop abcd1234`/.test(hint ?? "")];
  };
  const worker = { sessionId, pid: process.pid, procStart: identifyProcess(process.pid)?.start };
  mkdirSync(daemon, { recursive: true });
  const roster = (workers: unknown) =>
    writeFileSync(join(daemon, "roster.json"), JSON.stringify({ workers }));
  roster({ abcd1234: worker });
  assert.deepEqual(await refused("send", "x"), [5, "busy", true]);
  assert.deepEqual(await refused("send", "x", "--with-open-window"), [5, "busy", true]);
  assert.deepEqual(await refused("send", "x", "--detach"), [5, "busy", true]);
  const windows = (await cli.here(["status", "x", "--json"])).json.windows as { kind: string }[];
  assert.deepEqual(
    windows.map(({ kind }) => kind),
    ["background"],
  );
  roster({ abcd1234: { ...worker, procStart: "1" } });
  assert.deepEqual(await refused("send", "x"), [0, undefined, false], "a worker that is gone holds nothing");
});

test("the process of a turn of our own is nobody else's, whatever it writes down", async (t) => {
  const cli = openFakeCli(t);
  const { json } = await cli.here(["create", "x", "--json"]);
  const gate = join(cli.sandbox.folder, "go");
  const sending = cli.start(["send", "x", cli.say({ waitForFile: gate, text: "done" }, "hi")]);
  const status = async () => (await cli.here(["status", "x", "--json"])).json;
  const [turn] = await until(
    async () => {
      const turns = (await status()).turns as { pid: number | null }[];
      return turns[0]?.pid == null ? undefined : turns;
    },
    { what: "the agent's process" },
  );
  record(cli, { pid: turn?.pid, sessionId: json.session_id });
  assert.deepEqual((await status()).windows, []);
  const detached = await cli.here(["send", "x", "--detach", "next"]);
  assert.equal(detached.code, 0, detached.stderr);
  writeFileSync(gate, "");
  assert.equal((await sending.result).code, 0);
  assert.equal((await cli.here(["wait", "x", "--turn", detached.stdout.trim()])).code, 0);
});

test("what others had queued for codex is neither charged nor taken for the turn's own, and the result says that it was there", async (t) => {
  const cli = openFakeCli(t);
  const { session_id } = (await cli.here(["create", "x", "-a", "codex", "--json", "one"])).json;
  const sessions = join(cli.sandbox.home, ".codex/sessions");
  const rollout = readdirSync(sessions, { recursive: true, encoding: "utf8" }).find((file) =>
    file.endsWith(`-${session_id}.jsonl`),
  );
  const path = join(sessions, rollout ?? "");
  const said = (type: string, text: string) => ({
    type: "item_completed",
    item: { type, content: [{ text }] },
  });
  const totals = (input_tokens: number) => ({
    type: "token_count",
    info: { total_token_usage: { input_tokens, cached_input_tokens: 0, output_tokens: 40 } },
  });
  const lines = (...payloads: unknown[]) =>
    payloads.map((payload) => `${JSON.stringify({ type: "event_msg", payload })}\n`).join("");
  // As codex 0.169.0 does it: the queued message first, in the turn of the prompt behind it.
  const queued = join(cli.sandbox.folder, "queued");
  const complete = { type: "task_complete", last_agent_message: "for the stranger" };
  writeFileSync(
    queued,
    lines(said("UserMessage", "stranger"), said("AgentMessage", "for the stranger"), totals(1000), complete),
  );
  const aborted = join(cli.sandbox.folder, "aborted");
  const reason = { type: "turn_aborted", reason: "interrupted" };
  writeFileSync(aborted, lines({ type: "task_started" }, said("UserMessage", "too late"), reason));
  const agent = (end: string) =>
    `sh -c 'cat ${queued} >> ${path}; "$0" "$@"; code=$?; cat ${aborted} >> ${path}; ${end}' ${FAKE_AGENT}`;
  const send = (end: string, ...words: string[]) =>
    cli.here(["send", "x", "--agent-cmd", agent(end), "--json", ...words], { plain: true });

  const { json, stderr } = await send("exit $code", "mine");
  assert.deepEqual([json.outcome, json.foreign_prompts], ["succeeded", 1]);
  assert.match(json.text as string, /^You said: mine/);
  const { input_tokens } = json.usage as { input_tokens: number };
  assert.ok(input_tokens > 0 && input_tokens < 500, `${input_tokens} tokens`);
  assert.match(stderr, /took a message that others had queued/);

  // Nobody saw its end: what the rollout says is no more than its own answer, whatever came behind it.
  const unheard = await send("kill -9 $$", cli.say({ noTerminalEvent: true, noAnswer: true }, "unheard"));
  assert.notEqual(unheard.json.text, "for the stranger");
  assert.notEqual(unheard.json.outcome, "succeeded");
  const { turns } = (await cli.here(["history", "x", "--json"])).json as { turns: { text: string }[] };
  assert.ok(turns.every(({ text }) => !text.includes("stranger")));
  const after = await cli.here(["send", "x", "--json", "after"]);
  assert.equal(after.json.foreign_prompts, 0);
});
