// What was recorded from the real gemini 0.61.0 with a model on loopback, after read, fold and diagnose.
import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnose } from "../../../src/agents/diagnosis.ts";
import { gemini } from "../../../src/agents/gemini/gemini.ts";
import { answerOf, type Folded, startFold } from "../../../src/domain/turn/fold.ts";
import { findFile } from "../../../src/system/files/find.ts";
import { eventsOf, fold, recorded } from "../../support/replay.ts";

const FOLDER = "gemini-0.61.0";
const ID = "7da57d8d-d36b-4cd2-80a8-fa5ec9d56c9e";
const HOME = "/home/dev";

interface Recorded {
  answer?: string;
  /** Tokens in and out. */
  usage: [number, number];
  tools?: string;
  /** Why it failed, and with which exit code. */
  failed?: [code: string, message: RegExp, exit: number];
}

const RECORDED: Record<string, Recorded> = {
  "create.jsonl": { answer: "You said: hello C", usage: [102, 20] },
  // The counters are those of the process: the conversation has used 225.
  "resume.jsonl": { answer: "You said: hello B2", usage: [103, 20] },
  "tool-denied.jsonl": { answer: "wrote", usage: [204, 40], tools: "write_file, failed" },
  "plan-mode-left.jsonl": {
    answer: "escaped",
    usage: [510, 100],
    tools: "write_file, ended, exit_plan_mode, ended, run_shell_command, ended, write_file, ended",
  },
  "api-401.jsonl": { usage: [0, 0], failed: ["not_signed_in", /refused access .*loopback 401/, 145] },
  "api-400.jsonl": {
    usage: [0, 0],
    failed: ["agent_refused", /by the model's service: .*loopback 400/, 144],
  },
  "api-404.jsonl": { usage: [0, 0], failed: ["agent_failed", /^Gemini failed: .*loopback 404/, 1] },
  "prompt-too-long.jsonl": { usage: [0, 0], failed: ["agent_refused", /refused the turn: .*1048576/, 144] },
  "terminated.jsonl": {
    answer: "word1 ",
    usage: [-1, -1],
    failed: ["agent_failed", /without a result, although it exited with code 0/, 0],
  },
};

for (const [file, expected] of Object.entries(RECORDED)) {
  test(`gemini ${file}`, () => {
    const events = eventsOf(gemini, recorded(`${FOLDER}/${file}`));
    const folded = fold(events);
    const [code, message, exit = 0] = expected.failed ?? [];
    const failure = diagnose(gemini, folded, { code: exit }, "");
    assert.equal(failure?.code, code, failure?.message);
    if (message !== undefined) assert.match(failure?.message ?? "", message);
    assert.match(folded.sessionId ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(folded.model, "gemini-2.5-flash");
    assert.equal(answerOf(folded).startsWith(expected.answer ?? ""), true, answerOf(folded));
    const { inputTokens = -1, outputTokens = -1 } = folded.usage ?? {};
    assert.deepEqual([inputTokens, outputTokens], expected.usage);
    const tools = events.flatMap((event) => {
      if (event.type !== "tool") return [];
      return event.phase === "start" ? [event.name] : [event.failed ? "failed" : "ended"];
    });
    assert.equal(tools.join(", "), expected.tools ?? "");
  });
}

test("gemini: what it says of an answer without words is why the turn failed, and a warning is none", () => {
  const result = (status: string) => ({ type: "result", status, stats: { models: {} } });
  const said = { type: "error", severity: "error", message: "The model returned an empty response." };
  const empty = fold(eventsOf(gemini, [said, result("error")]));
  const failure = diagnose(gemini, empty, { code: 0 }, "");
  assert.equal(failure?.message, "Gemini failed: The model returned an empty response.");
  const warned = eventsOf(gemini, [{ ...said, severity: "warning" }, result("success")]);
  assert.deepEqual(warned[0], { type: "warning", message: said.message });
  assert.equal(diagnose(gemini, fold(warned), { code: 0 }, ""), undefined);
});

test("gemini: the tokens of thoughts are output, which its own sum of outputs leaves out", () => {
  const models = { pro: { input_tokens: 100, output_tokens: 20, cached: 60, total_tokens: 150 } };
  const [end] = gemini.read({ type: "result", status: "success", stats: { models } });
  assert.deepEqual(end?.type === "end" && end.usageSince, {
    inputTokens: 100,
    outputTokens: 50,
    cacheReadTokens: 60,
    cacheWriteTokens: 0,
  });
});

const NONE: Folded = startFold();
const ON_STDERR: [title: string, stderr: string, exit: number, code: string, message: RegExp][] = [
  [
    "an unknown id",
    'Error resuming session: Invalid session identifier "x".\n  Searched for sessions in /h/chats.\n  Use --list-sessions to see available sessions, then use --resume {number}, --resume {uuid}, or --resume latest.\n',
    42,
    "conversation_lost",
    /^Gemini no longer has this conversation: .*"x"\.$/,
  ],
  [
    "another folder",
    "Error resuming session: No previous sessions found for this project.\n",
    42,
    "conversation_lost",
    /no longer has/,
  ],
  [
    "an id that exists",
    'Error starting session: Session ID "x" already exists. Use --resume to resume it, or provide a different ID.\n',
    42,
    "agent_refused",
    /did not create the conversation: .*already exists\.$/,
  ],
  [
    "a folder that nobody has called trusted",
    'YOLO mode is enabled. All tool calls will be automatically approved.\nApproval mode overridden to "default" because the current folder is not trusted.\nGemini CLI is not running in a trusted directory. To proceed, either use `--skip-trust`, set the `GEMINI_CLI_TRUST_WORKSPACE=true` environment variable, or trust this directory in interactive mode. For more details, see https://geminicli.com/docs/cli/trusted-folders/\n',
    55,
    "agent_refused",
    /^Gemini does not trust this folder: Gemini CLI is not running in a trusted directory\.$/,
  ],
  [
    "no key",
    "Please set an Auth method in your /h/.gemini/settings.json or specify one of the following environment variables before running: GEMINI_API_KEY\n",
    41,
    "not_signed_in",
    /is not signed in/,
  ],
  [
    "an option that it does not know",
    "Unknown argument: nonsense\nUsage: gemini [options] [command]\n\nCommands:\n  gemini mcp                   Manage MCP servers\nOptions:\n  -d, --debug  Run in debug mode\n      --skip-trust  Trust the workspace\n  -h, --help  Show help  [boolean]\n",
    1,
    "agent_refused",
    /^Gemini refused its command line: Unknown argument: nonsense\.$/,
  ],
];
for (const [title, stderr, code, expected, message] of ON_STDERR) {
  test(`gemini: ${title}`, () => {
    const noise =
      "Warning: 256-color support not detected.\nRipgrep is not available. Falling back to GrepTool.\n";
    const failure = diagnose(gemini, NONE, { code }, noise + stderr);
    assert.equal(failure?.code, expected, failure?.message);
    assert.match(failure?.message ?? "", message);
  });
}

test("where gemini keeps a conversation, under which names", () => {
  const place = gemini.transcript?.(ID, { HOME });
  assert.ok(place);
  assert.equal(place.root, "/home/dev/.gemini/tmp");
  assert.equal(gemini.transcript?.(ID, { HOME, GEMINI_CLI_HOME: "/x" }).root, "/x/.gemini/tmp");
  assert.equal(place.safeName, `session-0-${ID}-c9d56c9e.jsonl`);
  const names = [place.safeName, "session-2026-11-27T22-36-7da57d8d.jsonl"];
  for (const name of names) assert.ok(place.file.test(name), name);
  assert.deepEqual([...names].sort(), names, "the safe one is the first");
  assert.ok(!place.safeName.endsWith(`-${ID.slice(0, 8)}.jsonl`), "no other file's trash");
  for (const name of ["session-2026-11-27T22-36-7da57d8e.jsonl", `${ID}.jsonl`, `session-0-${ID}.json`])
    assert.ok(!place.file.test(name), name);
  assert.ok(
    !gemini.transcript?.("........-d36b-4cd2-80a8-fa5ec9d56c9e", { HOME })?.file.test(names[1] ?? ""),
  );
  assert.equal(findFile("/nowhere", place.folders, place.file, place), undefined);
});

test("what a transcript of gemini says: prompts as they were typed, and no answer that is surely the last", () => {
  const said = (file: string) =>
    recorded(`${FOLDER}/${file}`).flatMap((value) => {
      const event = gemini.readTranscript?.(value);
      return event?.type === "prompt" || event?.type === "answer" ? [`${event.type} ${event.text}`] : [];
    });
  assert.deepEqual(said("transcript.jsonl"), [
    "prompt hello role",
    "answer You said: hello role",
    "prompt hello role",
    "answer You said: hello role",
    "prompt look at @f.txt please",
  ]);
  const [prompt, ...answers] = said("transcript-tool.jsonl");
  assert.match(prompt ?? "", /^prompt TOOL /);
  assert.deepEqual(answers, ["answer done"]);
  for (const value of recorded(`${FOLDER}/transcript-tool.jsonl`)) {
    const event = gemini.readTranscript?.(value);
    assert.ok(event?.type !== "answer" || !event.isFinal);
    assert.equal(gemini.isBookkeeping?.(value), !/^\{"id"/.test(JSON.stringify(value)));
  }
});

test("which ids and prompts gemini takes", () => {
  assert.ok(gemini.isSessionId(ID));
  for (const id of ["latest", "1", "foo", "", `${ID}x`]) assert.ok(!gemini.isSessionId(id), id);
  for (const prompt of ["/clear", "/new", "/ clear", "/clear now"])
    assert.ok(gemini.refusePrompt?.(prompt), prompt);
  for (const prompt of [" /clear", "//clear", "/clearly", "/newest", "what does /clear do?"])
    assert.equal(gemini.refusePrompt?.(prompt), undefined, prompt);
});
