import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnose } from "../../src/agents/diagnosis.ts";
import { qwen } from "../../src/agents/qwen/qwen.ts";
import { startFold } from "../../src/domain/turn/fold.ts";
import { recorded } from "../support/replay.ts";

const ID = "11111111-2222-4333-8444-555555555555";
const OTHER = "22222222-2222-4333-8444-555555555555";
const HOME = "/home/dev";

test("where qwen keeps a conversation, and how it is found", () => {
  const place = qwen.transcript?.(ID, { HOME });
  assert.equal(place?.root, "/home/dev/.qwen/projects");
  const fits = (path: string[]) => place?.folders.every((folder, at) => folder.test(path[at] ?? ""));
  assert.deepEqual(
    [
      fits(["-home-dev-shop", "chats"]),
      fits(["-home-dev-shop", "chats2"]),
      fits(["-home-dev-shop", "memory"]),
    ],
    [true, false, false],
  );
  assert.ok(place?.file.test(`${ID}.jsonl`) && !place.file.test(`${ID}.runtime.json`));
  assert.equal(qwen.transcript?.(ID, { HOME, QWEN_HOME: "/q" }).root, "/q/projects");
  assert.equal(qwen.transcript?.(ID, { HOME, QWEN_HOME: "/q", QWEN_RUNTIME_DIR: "/r" }).root, "/r/projects");
  const all = qwen.conversations?.place("/home/dev/my shop", { HOME });
  assert.deepEqual(
    ["-home-dev-my-shop", "-home-dev-my-shop-2"].map((folder) => all?.folders[0]?.test(folder)),
    [true, false],
  );
  assert.deepEqual(
    [`${ID}.jsonl`, "x.jsonl"].map((file) => all?.sessionIdOf(file)),
    [ID, undefined],
  );
});

test("an id of qwen 0.24.4 is a UUID in small letters: it writes no others, and takes other words for titles", () => {
  assert.deepEqual(
    [ID, ID.replaceAll("1", "A"), "my title", `${ID}\n`].map((candidate) => qwen.isSessionId(candidate)),
    [true, false, false, false],
  );
});

const TRANSCRIPT = recorded("qwen-0.24.4/transcript.jsonl");

test("the messages in a transcript of qwen 0.24.4, without the line breaks that it adds", () => {
  const said = TRANSCRIPT.flatMap((value) => {
    const event = qwen.readTranscript?.(value);
    return event === undefined || event.type === "link" || event.type === "forked" ? [] : [event];
  });
  assert.deepEqual(
    said.map((event) => [event.type, event.text, event.type === "answer" && event.isFinal]),
    [
      ["prompt", "hello one", false],
      ["answer", "You said: hello one", true],
      ["prompt", "  hello two  ", false],
      ["answer", "You said:   hello two", true],
    ],
  );
  assert.deepEqual(qwen.conversations?.readOrigin(TRANSCRIPT[0]), {
    cwd: "/home/dev/shop",
    isSideWork: false,
  });
});

test("what qwen adds to the user's lines and what it was cut off in is no message of theirs", () => {
  const user = (more: object) =>
    qwen.readTranscript?.({
      type: "user",
      uuid: "u",
      message: { role: "user", parts: [{ text: "x" }] },
      ...more,
    });
  assert.equal(user({})?.type, "prompt");
  assert.equal(user({ provenance: "real_user", subtype: "mid_turn_user_message" })?.type, "prompt");
  assert.equal(user({ provenance: "system", subtype: "cron" })?.type, "link");
  assert.equal(user({ provenance: "goal_runtime" })?.type, "link");
  const answer = (...parts: object[]) =>
    qwen.readTranscript?.({ type: "assistant", uuid: "a", message: { parts } });
  const isFinal = (...parts: object[]) => {
    const event = answer(...parts);
    return event?.type === "answer" && event.isFinal;
  };
  assert.equal(isFinal({ text: "thinking", thought: true }), false);
  assert.equal(isFinal({ text: "thinking", thought: true }, { text: "done" }), true);
  assert.equal(isFinal({ text: "I look" }, { functionCall: { name: "glob" } }), false);
});

test("what a transcript of qwen 0.24.4 says it has used is what the model served, its notes for later too", () => {
  const used = (values: unknown[]) => values.flatMap((value) => qwen.readUsage?.(value)?.inputTokens ?? []);
  assert.deepEqual(used(TRANSCRIPT), [101, 102, 102, 103]);
  const forked = TRANSCRIPT.map((value) => ({ ...(value as object), forkedFrom: { sessionId: ID } }));
  assert.deepEqual(used(forked), [], "a fork has paid for none of its parent's calls");
});

test("a line of a transcript as that of a copy", () => {
  const copied = qwen.copyLine?.(JSON.stringify({ sessionId: ID, type: "user" }), OTHER);
  assert.equal(copied, JSON.stringify({ sessionId: OTHER, type: "user" }));
});

test("a window of qwen 0.24.4, by its record", () => {
  const [place] = qwen.windows?.({ HOME }) ?? [];
  assert.equal(place?.folder, "/home/dev/.qwen/sessions");
  const record = { pid: 7, procStart: "a1b2-boot:8895124", sessionId: ID, kind: "tui", ipcToken: "secret" };
  assert.deepEqual(place?.read(record), [{ sessionId: ID, pid: 7, start: "8895124" }]);
  assert.deepEqual(place?.read({ ...record, procStart: null }), [{ sessionId: ID, pid: 7 }]);
  assert.deepEqual(place?.read({ sessionId: ID }), []);
});

const HELP = `Usage: qwen [options] [command]

Qwen Code - Launch an interactive CLI, use -p/--prompt for non-interactive mode

Commands:
  qwen [query..]             Launch Qwen Code CLI  [default]

Positionals:
  query  Positional prompt. Defaults to one-shot; use -i/--prompt-interactive for interactive.

Options:
  -d, --debug                           Run in debug mode?  [boolean] [default: false]
      --bare                            Minimal mode
`;

const FAILURES: [stderr: string, code: string, message: RegExp][] = [
  [
    `No saved session found with ID ${ID}. Run \`qwen --resume\` without an ID to choose from existing sessions.`,
    "conversation_lost",
    /no longer has this conversation/,
  ],
  [
    `Error: Session Id ${ID} already exists (active or archived). Delete or unarchive it first.`,
    "agent_refused",
    /did not create the conversation/,
  ],
  [
    `Unknown argument: nosuch\n${HELP}`,
    "agent_refused",
    /refused its command line: Unknown argument: nosuch\.$/,
  ],
];
for (const [stderr, code, message] of FAILURES) {
  test(`qwen fails: ${stderr.slice(0, 40)}`, () => {
    const failure = diagnose(qwen, startFold(), { code: 1 }, stderr);
    assert.equal(failure?.code, code);
    assert.match(failure?.message ?? "", message);
  });
}

test("a signal is no success: qwen 0.24.4 exits with code 130 and no result, after words of its own", () => {
  const failure = diagnose(
    qwen,
    startFold(),
    { code: 130 },
    "Ripgrep not available: x\nOperation cancelled.\n",
  );
  assert.deepEqual(
    [failure?.code, failure?.message],
    ["agent_failed", "Qwen Code failed: Operation cancelled."],
  );
});

test("a prompt that would end a turn of qwen 0.24.4 under an id of which it keeps nothing is refused", () => {
  for (const prompt of ["/clear", " /new\n", "/reset now"])
    assert.match(
      qwen.refusePrompt?.(prompt)?.message ?? "",
      /^Qwen Code can't start over with \/[a-z]+ in a turn\.$/,
    );
  for (const prompt of ["/clearly", "please /clear", "/compress"])
    assert.equal(qwen.refusePrompt?.(prompt), undefined, prompt);
});

test("a failure of the model is no answer, though qwen 0.24.4 says it in the model's place", () => {
  const read = (text: string) =>
    qwen.read({ type: "assistant", message: { content: [{ type: "text", text }] } });
  assert.deepEqual(read("It says [API Error: 1]"), [{ type: "text", text: "It says [API Error: 1]" }]);
  for (const text of ["[API Error: 401 no]", "[API Error: Connection error.]"])
    assert.deepEqual(
      read(text).map(({ type }) => type),
      ["other"],
    );
});
