import assert from "node:assert/strict";
import { test } from "node:test";
import { claude } from "../../src/agents/claude/claude.ts";
import { codex } from "../../src/agents/codex/codex.ts";
import { copilot } from "../../src/agents/copilot/copilot.ts";
import type { Agent } from "../../src/domain/agent/agent.ts";
import type { AgentEnvironment, TranscriptPlace } from "../../src/domain/agent/places.ts";
import type { TranscriptEvent } from "../../src/domain/agent/transcript.ts";
import { recorded } from "../support/replay.ts";

const ID = "01a1fd38-053f-7091-8809-4a6d13007cbb";
const HOME = "/home/dev";

function transcriptOf(agent: Agent, id: string, environment: AgentEnvironment): TranscriptPlace {
  const place = agent.transcript?.(id, environment);
  assert.ok(place);
  return place;
}

test("where claude keeps a conversation", () => {
  const place = transcriptOf(claude, ID, { HOME });
  assert.equal(place.root, "/home/dev/.claude/projects");
  assert.equal(place.sideFolder, ID);
  assert.deepEqual(
    place.folders.map((folder) => folder.test("-home-dev-work")),
    [true],
  );
  assert.ok(place.file.test(`${ID}.jsonl`));
  assert.ok(!place.file.test(`x${ID}.jsonl`));
  assert.ok(!place.file.test(`${ID}.jsonl.bak`));
  assert.equal(transcriptOf(claude, ID, { HOME, CLAUDE_CONFIG_DIR: "/c" }).root, "/c/projects");
  assert.equal(transcriptOf(claude, ID, { HOME, CLAUDE_CONFIG_DIR: "" }).root, "/home/dev/.claude/projects");
});

test("where codex keeps a conversation", () => {
  const place = transcriptOf(codex, ID, { HOME });
  assert.equal(place.root, "/home/dev/.codex/sessions");
  assert.deepEqual(
    place.folders.map((folder, index) => folder.test(["2026", "11", "21"][index] ?? "")),
    [true, true, true],
  );
  assert.ok(place.file.test(`rollout-2026-11-21T08-27-49-${ID}.jsonl`));
  assert.ok(!place.file.test(`rollout-2026-11-21T08-27-49-${ID}.jsonl.tmp`));
  assert.equal(transcriptOf(codex, ID, { HOME, CODEX_HOME: "/x" }).root, "/x/sessions");
});

test("where copilot keeps a conversation", () => {
  const place = transcriptOf(copilot, ID, { HOME });
  assert.equal(place.root, "/home/dev/.copilot/session-state");
  assert.equal(place.sideFolder, "checkpoints");
  const [folder] = place.folders;
  assert.deepEqual([place.folders.length, folder?.test(ID), folder?.test(`x${ID}`)], [1, true, false]);
  assert.ok(place.file.test("events.jsonl"));
  assert.ok(!place.file.test("events.jsonl.bak"));
  assert.equal(transcriptOf(copilot, ID, { HOME, COPILOT_HOME: "/x" }).root, "/x/session-state");
});

test("what copilot 1.0.102 leaves while it has a conversation open", () => {
  const place = copilot.writerLock?.(ID, { HOME });
  assert.equal(place?.folder, `/home/dev/.copilot/session-state/${ID}`);
  assert.ok(place?.file.test("inuse.26208.hold"));
  for (const other of ["inuse.26208.lock", ".workspace-fork.lock", "events.jsonl"])
    assert.ok(!place?.file.test(other), other);
  assert.equal(place?.isEnforced, false);
  const lines: [string, boolean][] = [
    [`/opt/copilot --output-format=json --resume=${ID}`, true],
    ["/opt/copilot -p hello", true],
    ["/opt/copilot --prompt=hello", true],
    [`/opt/copilot --resume=${ID}`, false],
    ["/opt/copilot -pretty", false],
    ["", false],
  ];
  for (const [line, isTurn] of lines) assert.equal(place?.isTurn(line.split(" "), false), isTurn, line);
});

test("a name that is not an id can't reach beyond its own file", () => {
  assert.ok(!transcriptOf(copilot, ".*", { HOME }).folders[0]?.test(ID));
  assert.ok(!transcriptOf(claude, ".*", { HOME }).file.test(`${ID}.jsonl`));
  assert.ok(!transcriptOf(codex, ".*", { HOME }).file.test(`rollout-2026-11-21T08-27-49-${ID}.jsonl`));
});

test("the windows that claude 2.1.329 shows", () => {
  const [window] = claude.windows?.({ HOME }) ?? [];
  assert.equal(window?.folder, "/home/dev/.claude/sessions");
  const shown = {
    pid: 7417,
    sessionId: ID,
    kind: "interactive",
    entrypoint: "cli",
    status: "busy",
    updatedAt: 1,
  };
  assert.deepEqual(window?.read(shown), [{ pid: 7417, sessionId: ID, status: "busy" }]);
  assert.deepEqual(window?.read({ pid: 7417, sessionId: ID }), [{ pid: 7417, sessionId: ID }]);
  // Beside it lies a `.key` file with a secret, which is no window.
  const key = { peerToken: "x", procStart: "178386", pidDomain: "linux" };
  for (const other of [
    key,
    { pid: -1, sessionId: ID },
    { pid: "7", sessionId: ID },
    { pid: 7 },
    null,
    [],
    "x",
  ]) {
    assert.deepEqual(window?.read(other), []);
  }
});

test("an open window of claude 2.1.329 is told from a single turn", () => {
  const [place] = claude.windows?.({ HOME }) ?? [];
  assert.deepEqual(
    recorded("claude-2.1.329/windows.jsonl").flatMap((value) => place?.read(value) ?? []),
    [
      { pid: 25027, sessionId: "c54382c5-655f-458e-9357-c0e0b4a5c44f", start: "1573263", status: "idle" },
      {
        pid: 28681,
        sessionId: "9f871340-583a-4c22-9c1f-5a1f23b461af",
        start: "1597104",
        status: "busy",
        isTurn: true,
      },
    ],
  );
  assert.equal(codex.windows, undefined);
});

test("what the background service of claude 2.1.332 holds, before and after it is up, and how to make it let go", () => {
  const [processes, roster] = claude.windows?.({ HOME, CLAUDE_CONFIG_DIR: "/x" }) ?? [];
  assert.deepEqual([processes?.folder, roster?.folder], ["/x/sessions", "/x/daemon"]);
  const hint = /allows no other writer.*`claude stop db06753e`/;
  const up = { pid: 7203, sessionId: ID, kind: "bg", entrypoint: "cli", jobId: "db06753e", status: "idle" };
  const worker = { pid: 7170, procStart: "199294", sessionId: ID, startedAt: 1 };
  const workers = {
    db06753e: worker,
    "`rm -rf`": { ...worker, replPid: 7203, replProcStart: "199367" },
    torn: { pid: 1 },
  };
  const [shown] = processes?.read(up) ?? [];
  assert.deepEqual([shown?.pid, shown?.status, shown?.isTurn], [7203, "idle", undefined]);
  assert.match(shown?.letGoHint ?? "", hint);
  assert.deepEqual(roster?.read({ proto: 1, workers }), [], "a roster of another shape says nothing");
  const { torn: _, ...whole } = workers;
  const held = roster?.read({ proto: 1, workers: whole }) ?? [];
  assert.deepEqual(
    held.map(({ pid, start, sessionId }) => [pid, start, sessionId]),
    [
      [7170, "199294", ID],
      [7203, "199367", ID],
    ],
  );
  assert.match(held[0]?.letGoHint ?? "", hint);
  assert.doesNotMatch(held[1]?.letGoHint ?? "", /rm/);
  for (const other of [null, [], "x", {}, { workers: [] }]) assert.deepEqual(roster?.read(other), []);
});

test("where codex 0.169.0 keeps its locks", () => {
  const place = codex.writerLock?.(ID, { HOME });
  assert.equal(place?.folder, "/home/dev/.codex/thread-writer-locks");
  assert.equal(codex.writerLock?.(ID, { HOME, CODEX_HOME: "/x" }).folder, "/x/thread-writer-locks");
  assert.ok(place?.file.test(`${ID}.lock`));
  // The second is there for good and of no conversation.
  for (const other of [ID, ".coordination.lock", ".lock", `x${ID}.lock`])
    assert.ok(!place?.file.test(other), other);
  const lines: [string, boolean][] = [
    [`/opt/codex exec --json resume ${ID} -`, true],
    [`/opt/codex -c model=x exec -`, true],
    [`/opt/codex resume ${ID}`, false],
    ["/opt/codex app-server --listen unix:// --managed-daemon", false],
    ["", false],
  ];
  for (const [line, isTurn] of lines) assert.equal(place?.isTurn(line.split(" "), false), isTurn, line);
  assert.equal(claude.writerLock, undefined);
});

test("where claude 2.1.329 keeps the conversations of a folder", () => {
  const place = (workspace: string) => claude.conversations?.place(workspace, { HOME });
  assert.equal(place("/w")?.root, "/home/dev/.claude/projects");
  const long = `/tmp/${"é".repeat(90)}/${"c".repeat(120)}`;
  const folders: [workspace: string, folder: string, isMeant: boolean][] = [
    ["/tmp/We ird_dir.v1é日本😀x", "-tmp-We-ird-dir-v1-----x", true],
    ["/tmp/work", "-tmp-work", true],
    ["/tmp/work", "-tmp-work2", false],
    ["/tmp/work", "-home-tmp-work", false],
    [long, `-tmp-${"-".repeat(91)}${"c".repeat(104)}-bbbh7q`, true],
    [long, `-tmp-${"-".repeat(91)}${"c".repeat(120)}`, true],
    [long, `-tmp-${"-".repeat(91)}${"c".repeat(103)}`, false],
  ];
  for (const [workspace, folder, isMeant] of folders)
    assert.deepEqual(
      place(workspace)?.folders.map((level) => level.test(folder)),
      [isMeant],
      folder,
    );
  assert.equal(place("/w")?.sessionIdOf(`${ID}.jsonl`), ID);
  for (const other of [`${ID}.json`, `x${ID}.jsonl`, "agent-0123abcd.jsonl", ID, ""])
    assert.equal(place("/w")?.sessionIdOf(other), undefined, other);
});

test("where codex 0.169.0 keeps the conversations of all folders", () => {
  const place = codex.conversations?.place("/w", { HOME, CODEX_HOME: "/x" });
  assert.deepEqual([place?.root, place?.folders.length], ["/x/sessions", 3]);
  assert.equal(place?.sessionIdOf(`rollout-2026-11-21T08-27-49-${ID}.jsonl`), ID);
  for (const other of [`${ID}.jsonl`, `rollout-${ID}.jsonl.zst`, "rollout-x.jsonl"])
    assert.equal(place?.sessionIdOf(other), undefined, other);
});

test("how a conversation came to be, and what it has cost so far, by the lines of its transcript", () => {
  const usage = { inputTokens: 101, outputTokens: 20, cacheReadTokens: 7, cacheWriteTokens: 0 };
  const modelUsage = { opus: { inputTokens: 101, outputTokens: 20, cacheReadInputTokens: 7, costUSD: 0.1 } };
  const total = { input_tokens: 101, output_tokens: 20, cached_input_tokens: 7, reasoning_output_tokens: 3 };
  const meta = (payload: object) => ({ type: "session_meta", payload });
  const lines: [agent: Agent, line: unknown, origin: unknown, counters: unknown][] = [
    [claude, { type: "user", cwd: "/w", isSidechain: false }, { cwd: "/w", isSideWork: false }, undefined],
    [claude, { type: "attachment", cwd: "/w" }, { cwd: "/w", isSideWork: false }, undefined],
    [claude, { type: "user", cwd: "/w", isSidechain: true }, { cwd: "/w", isSideWork: true }, undefined],
    [claude, { type: "queue-operation", content: "hi" }, undefined, undefined],
    [claude, { type: "cost-state", modelUsage }, undefined, { opus: { ...usage, costUsd: 0.1 } }],
    [claude, { type: "cost-state", modelUsage: {} }, undefined, {}],
    [claude, { type: "cost-state", modelUsage: { opus: {} } }, undefined, undefined],
    [
      codex,
      meta({ cwd: "/w", source: "exec", thread_source: "user" }),
      { cwd: "/w", isSideWork: false },
      undefined,
    ],
    [codex, meta({ cwd: "/w", source: "cli" }), { cwd: "/w", isSideWork: false }, undefined],
    [codex, meta({ cwd: "/w" }), { cwd: "/w", isSideWork: false }, undefined],
    [codex, meta({ cwd: "/w", source: { subagent: "review" } }), { cwd: "/w", isSideWork: true }, undefined],
    [
      codex,
      meta({ cwd: "/w", source: "cli", thread_source: "subagent" }),
      { cwd: "/w", isSideWork: true },
      undefined,
    ],
    [codex, meta({ id: ID }), undefined, undefined],
    [
      codex,
      { type: "event_msg", payload: { type: "token_count", info: { total_token_usage: total } } },
      undefined,
      { "": usage },
    ],
    [codex, { type: "event_msg", payload: { type: "token_count", info: null } }, undefined, undefined],
    [codex, { type: "turn_context", payload: { cwd: "/w" } }, undefined, undefined],
  ];
  for (const [agent, line, origin, counters] of lines) {
    assert.deepEqual(agent.conversations?.readOrigin(line), origin, JSON.stringify(line));
    assert.deepEqual(agent.readCounters?.(line), counters, JSON.stringify(line));
  }
  for (const agent of [claude, codex]) {
    for (const value of [null, [], "x", 7, {}]) {
      assert.equal(agent.conversations?.readOrigin(value), undefined);
      assert.equal(agent.readCounters?.(value), undefined);
    }
  }
});

const IDS: [string, boolean, boolean][] = [
  [ID, true, true],
  // codex 0.169.0 would answer in small letters.
  [ID.toUpperCase(), true, false],
  ["review-src", false, false],
  ["", false, false],
  [`${ID}\n`, false, false],
  [`${ID}0`, false, false],
  ["../../etc/passwd", false, false],
];
for (const [candidate, isClaude, isCodex] of IDS) {
  test(`session id ${JSON.stringify(candidate)}`, () => {
    assert.equal(claude.isSessionId(candidate), isClaude);
    assert.equal(codex.isSessionId(candidate), isCodex);
    // As claude, copilot 1.0.102 tells ids apart by case; what is none, it takes for a title.
    assert.equal(copilot.isSessionId(candidate), isClaude);
  });
}

const PROMPTS: [string, boolean][] = [
  ["/clear", true],
  ["/clear\n", true],
  ["/clear and a title", true],
  ["/clear\nand more", true],
  ["/reset", true],
  ["/new", true],
  [" /clear", false],
  ["\n/clear\n", false],
  ["/CLEAR", false],
  ["/clearly", false],
  ["/news", false],
  ["please /clear", false],
];
for (const [prompt, expected] of PROMPTS) {
  test(`starts over: ${JSON.stringify(prompt)}`, () => {
    assert.equal(claude.startsOver(prompt), expected);
    assert.equal(codex.startsOver(prompt), false);
    assert.equal(copilot.startsOver(prompt), false);
  });
}

test("the user's own messages in a transcript of claude 2.1.329", () => {
  assert.deepEqual(
    prompts(claude, "claude-2.1.329/transcript.jsonl").map((text) => text.slice(0, 9)),
    ["hi\n", "/compact", "go on\n", "TOOL=Task", "/simplify", "go SLOW\n"],
  );
  const blocks = {
    type: "user",
    message: { role: "user", content: [{ type: "text", text: "a" }, { type: "image" }] },
  };
  assert.deepEqual(claude.readTranscript?.(blocks), { type: "prompt", text: "a" });
});

test("the user's own messages in a transcript of codex 0.169.0, without the environment", () => {
  assert.deepEqual(prompts(codex, "codex-0.169.0/transcript.jsonl"), ["hello one\n", "second\n"]);
});

test("the user's own messages in a transcript of copilot 1.0.102, without those of a sub-agent", () => {
  const folder = "copilot-1.0.102";
  assert.deepEqual(prompts(copilot, `${folder}/transcript.jsonl`), [
    "hello one\n",
    "second\n",
    "write it\n",
    "write it\n",
    "boom\n",
    "more\n",
  ]);
  assert.deepEqual(prompts(copilot, `${folder}/transcript-sub-agent.jsonl`), ["use a sub agent\n"]);
  const line = (data: object) => copilot.readTranscript?.({ type: "user.message", data });
  assert.equal(line({ content: "x", source: "skill-pdf" }), undefined);
  assert.equal(line({ content: "x", isAutopilotContinuation: true }), undefined);
  assert.deepEqual(line({ content: "x", source: "user" }), { type: "prompt", text: "x" });
});

test("what a transcript of copilot 1.0.102 says it has used is what the model served, sub-agents and summaries too", () => {
  const used = (file: string) =>
    recorded(`copilot-1.0.102/${file}`).flatMap((value) => copilot.readUsage?.(value)?.inputTokens ?? []);
  assert.deepEqual(used("transcript.jsonl"), [101, 102, 103, 103, 104, 104, 106, 102]);
  assert.deepEqual(used("transcript-sub-agent.jsonl"), [101, 101, 101]);
});

test("what an agent has finished saying is told from what it was cut off in", () => {
  const finals = (agent: Agent, file: string) =>
    events(agent, file).flatMap((event) => (event.type === "answer" && event.isFinal ? [event.text] : []));
  assert.deepEqual(finals(codex, "codex-0.169.0/transcript.jsonl").length, 1);
  assert.deepEqual(finals(copilot, "copilot-1.0.102/transcript-sub-agent.jsonl"), ["the sub-agent is done"]);
  const claudes = finals(claude, "claude-2.1.329/transcript.jsonl");
  assert.ok(claudes.length > 0);
  const line = (message: object, more: object = {}) =>
    claude.readTranscript?.({ type: "assistant", uuid: "u", message, ...more });
  const content = [{ type: "text", text: "hi" }];
  const said = (isFinal: boolean) => ({ type: "answer", text: "hi", isFinal, messageId: "u" });
  assert.deepEqual(line({ content, stop_reason: "end_turn" }), said(true));
  assert.deepEqual(line({ content, stop_reason: "max_tokens" }), said(true));
  assert.deepEqual(line({ content, stop_reason: null }), said(false));
  assert.deepEqual(line({ content, stop_reason: "tool_use" }), said(false));
  assert.deepEqual(line({ content, stop_reason: "stop_sequence", model: "<synthetic>" }), said(false));
  const aborted = { type: "turn_aborted", turn_id: "t", reason: "interrupted" };
  assert.equal(
    codex.readTranscript?.({ type: "event_msg", payload: aborted }),
    undefined,
    "no answer of anybody's",
  );
  const link = { type: "link", messageId: "u" };
  assert.deepEqual(line({ content, stop_reason: "stop_sequence" }, { isApiErrorMessage: true }), link);
  assert.deepEqual(line({ content, stop_reason: "end_turn" }, { isSidechain: true }), link);
  const failed = { type: "event_msg", payload: { type: "task_complete", last_agent_message: null } };
  assert.equal(codex.readTranscript?.(failed), undefined);
});

function events(agent: Agent, file: string): TranscriptEvent[] {
  return recorded(file).flatMap((value) => agent.readTranscript?.(value) ?? []);
}

function prompts(agent: Agent, file: string): string[] {
  return events(agent, file).flatMap((event) => (event.type === "prompt" ? [event.text] : []));
}
