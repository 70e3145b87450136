import assert from "node:assert/strict";
import { test } from "node:test";
import { claude } from "../../src/agents/claude.ts";
import { codex } from "../../src/agents/codex.ts";
import type { Agent } from "../../src/domain/agent.ts";
import type { TranscriptEvent } from "../../src/domain/transcript.ts";
import { recorded } from "./replay.ts";

const ID = "01a1fd38-053f-7091-8809-4a6d13007cbb";
const HOME = "/home/dev";

test("where claude keeps a conversation", () => {
  const place = claude.transcript(ID, { HOME });
  assert.equal(place.root, "/home/dev/.claude/projects");
  assert.equal(place.sideFolder, ID);
  assert.deepEqual(
    place.folders.map((folder) => folder.test("-home-dev-work")),
    [true],
  );
  assert.ok(place.file.test(`${ID}.jsonl`));
  assert.ok(!place.file.test(`x${ID}.jsonl`));
  assert.ok(!place.file.test(`${ID}.jsonl.bak`));
  assert.equal(claude.transcript(ID, { HOME, CLAUDE_CONFIG_DIR: "/c" }).root, "/c/projects");
  assert.equal(claude.transcript(ID, { HOME, CLAUDE_CONFIG_DIR: "" }).root, "/home/dev/.claude/projects");
});

test("where codex keeps a conversation", () => {
  const place = codex.transcript(ID, { HOME });
  assert.equal(place.root, "/home/dev/.codex/sessions");
  assert.deepEqual(
    place.folders.map((folder, index) => folder.test(["2026", "11", "21"][index] ?? "")),
    [true, true, true],
  );
  assert.ok(place.file.test(`rollout-2026-11-21T08-27-49-${ID}.jsonl`));
  assert.ok(!place.file.test(`rollout-2026-11-21T08-27-49-${ID}.jsonl.tmp`));
  assert.equal(codex.transcript(ID, { HOME, CODEX_HOME: "/x" }).root, "/x/sessions");
});

test("a name that is not an id can't reach beyond its own file", () => {
  assert.ok(!claude.transcript(".*", { HOME }).file.test(`${ID}.jsonl`));
  assert.ok(!codex.transcript(".*", { HOME }).file.test(`rollout-2026-11-21T08-27-49-${ID}.jsonl`));
});

test("the windows that claude 2.1.329 shows", () => {
  const window = claude.window?.({ HOME });
  assert.equal(window?.folder, "/home/dev/.claude/sessions");
  const shown = {
    pid: 7417,
    sessionId: ID,
    kind: "interactive",
    entrypoint: "cli",
    status: "busy",
    updatedAt: 1,
  };
  assert.deepEqual(window?.read(shown), { pid: 7417, sessionId: ID, status: "busy" });
  assert.deepEqual(window?.read({ pid: 7417, sessionId: ID }), { pid: 7417, sessionId: ID });
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
    assert.equal(window?.read(other), undefined);
  }
});

test("an open window of claude 2.1.329 is told from a single turn", () => {
  const place = claude.window?.({ HOME });
  assert.deepEqual(
    recorded("claude-2.1.329/windows.jsonl").map((value) => place?.read(value)),
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
  assert.equal(codex.window, undefined);
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
  for (const [line, isTurn] of lines) assert.equal(place?.isTurn(line.split(" ")), isTurn, line);
  assert.equal(claude.writerLock, undefined);
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
  assert.deepEqual(claude.readTranscript(blocks), { type: "prompt", text: "a" });
});

test("the user's own messages in a transcript of codex 0.169.0, without the environment", () => {
  assert.deepEqual(prompts(codex, "codex-0.169.0/transcript.jsonl"), ["hello one\n", "second\n"]);
});

test("what an agent has finished saying is told from what it was cut off in", () => {
  const finals = (agent: Agent, file: string) =>
    events(agent, file).flatMap((event) => (event.type === "answer" && event.isFinal ? [event.text] : []));
  assert.deepEqual(finals(codex, "codex-0.169.0/transcript.jsonl").length, 1);
  const claudes = finals(claude, "claude-2.1.329/transcript.jsonl");
  assert.ok(claudes.length > 0);
  const line = (message: object, more: object = {}) =>
    claude.readTranscript({ type: "assistant", uuid: "u", message, ...more });
  const content = [{ type: "text", text: "hi" }];
  const said = (isFinal: boolean) => ({ type: "answer", text: "hi", isFinal, messageId: "u" });
  assert.deepEqual(line({ content, stop_reason: "end_turn" }), said(true));
  assert.deepEqual(line({ content, stop_reason: "max_tokens" }), said(true));
  assert.deepEqual(line({ content, stop_reason: null }), said(false));
  assert.deepEqual(line({ content, stop_reason: "tool_use" }), said(false));
  assert.deepEqual(line({ content, stop_reason: "stop_sequence", model: "<synthetic>" }), said(false));
  const link = { type: "link", messageId: "u" };
  assert.deepEqual(line({ content, stop_reason: "stop_sequence" }, { isApiErrorMessage: true }), link);
  assert.deepEqual(line({ content, stop_reason: "end_turn" }, { isSidechain: true }), link);
  const failed = { type: "event_msg", payload: { type: "task_complete", last_agent_message: null } };
  assert.equal(codex.readTranscript(failed), undefined);
});

function events(agent: Agent, file: string): TranscriptEvent[] {
  return recorded(file).flatMap((value) => agent.readTranscript(value) ?? []);
}

function prompts(agent: Agent, file: string): string[] {
  return events(agent, file).flatMap((event) => (event.type === "prompt" ? [event.text] : []));
}
