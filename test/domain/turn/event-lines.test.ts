import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { TOPICS } from "../../../src/cli/surface/topics.ts";
import { EventLines, TYPES_OF_LINES } from "../../../src/domain/turn/event-lines.ts";
import type { TurnEvent } from "../../../src/domain/turn/turn.ts";
import { REPOSITORY } from "../../support/environment.ts";
import { EVENT_KEYS, type EventLine, eventLinesOf } from "../../support/event-lines.ts";

const TURN = { turnId: "20260101-000000-00000000", agent: "claude", name: "x" };

function linesOf(...events: TurnEvent[]): EventLine[] {
  const lines = new EventLines(TURN.turnId);
  return eventLinesOf(events.map((event) => lines.take(event)).join(""));
}

/** What differs between lines of one type. */
const plain = (lines: EventLine[]) => lines.map(({ v: _, turn_id: __, ...rest }) => rest);

/** One event of each type, with nothing in it that may be absent. */
const SPARSE: TurnEvent[] = [
  { type: "session" },
  { type: "text", text: "a" },
  { type: "text-delta", text: "a" },
  { type: "thinking" },
  { type: "tool", phase: "start", id: "t", name: "Bash" },
  { type: "retry", attempt: 0, reason: "" },
  { type: "usage", outputTokens: 1 },
  { type: "warning", message: "w" },
  { type: "failure" },
  { type: "end", isError: false },
];

test("every type of line has all of its keys, whatever the agent leaves out; each has its version and its turn", () => {
  const lines = linesOf(...SPARSE);
  assert.deepEqual(
    lines.map(({ type }) => type),
    SPARSE.map(({ type }) => type),
  );
  for (const line of lines) {
    assert.deepEqual(Object.keys(line), EVENT_KEYS[line.type]);
    assert.deepEqual([line.v, line.turn_id], [1, TURN.turnId]);
  }
  const [started] = eventLinesOf(new EventLines(TURN.turnId).start({ agent: TURN.agent }));
  assert.deepEqual(started, { v: 1, type: "started", turn_id: TURN.turnId, agent: "claude", name: null });
});

test("docs/events.md and the help name every type of line with its keys", () => {
  const page = readFileSync(join(REPOSITORY, "docs/events.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]*) \|/gm)].map(([, type = "", keys = ""]) => [
    type,
    [...keys.matchAll(/`([^`]+)`/g)].map(([, key]) => key),
  ]);
  const keysOf = (type: string) =>
    type.startsWith("agent_sessions.") ? ["--json"] : EVENT_KEYS[type]?.slice(3);
  assert.deepEqual(
    rows,
    Object.keys(EVENT_KEYS).map((type) => [type, keysOf(type)]),
  );
  const [, help = ""] = String(TOPICS.json).split("--events prints");
  const helped = new Map(
    [...help.matchAll(/^ {2}(\w+) +(.*)$/gm)].map(([, type, what = ""]) => [type, what]),
  );
  for (const type of ["started", "session", "text", "tool", "retry", "usage", "warning", "failure", "end"])
    for (const key of keysOf(type) ?? [])
      assert.match(helped.get(type) ?? "", new RegExp(`\\b${key}\\b`), type);
  for (const type of Object.keys(EVENT_KEYS)) assert.ok(help.includes(type), type);
  const examples = [...page.matchAll(/^\{.*\}$/gm)].map(([text]): EventLine => JSON.parse(text));
  assert.ok(examples.length > 4);
  for (const line of examples) assert.deepEqual(Object.keys(line), EVENT_KEYS[line.type]);
});

test("the kinds of events that are asked for are those that have a line", () => {
  const types = SPARSE.map(({ type }) => type).toSorted();
  assert.deepEqual(TYPES_OF_LINES.toSorted(), types);
  assert.deepEqual(linesOf({ type: "other", raw: { any: "thing" } }), []);
});

test("the keys of a tool's input are the agent's own", () => {
  const input = { filePath: "/a", list: [{ inputTokens: null }], isKept: true };
  const [line] = linesOf({ type: "tool", phase: "start", id: "t", name: "Write", about: "/a", input });
  assert.deepEqual(line?.input, input);
  assert.equal(line?.about, "/a");
});

test("an input that is nested too deep to be written is left out, and the tool is not", () => {
  const input = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
  const [line, ...more] = linesOf({ type: "tool", phase: "start", id: "t", name: "Deep", input });
  assert.deepEqual([line?.name, line?.input, more], ["Deep", null, []]);
});

test("no character of an agent controls a terminal", () => {
  const evil = "\u001b[2J\u0007\u009b31m\u007f\u0000";
  const lines = new EventLines(TURN.turnId);
  const text = [
    lines.start({ ...TURN, name: evil }),
    lines.take({ type: "text", text: evil }),
    lines.take({ type: "tool", phase: "start", id: evil, name: evil, input: { [evil]: evil } }),
    lines.take({ type: "warning", message: evil }),
  ].join("");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.equal(eventLinesOf(text)[1]?.text, evil);
});

test("the end of a tool has the name of its start, and a start before it", () => {
  const end = { type: "tool", phase: "end", failed: false } as const;
  assert.deepEqual(
    linesOf(
      { type: "tool", phase: "start", id: "t1", name: "Bash" },
      { ...end, id: "t1", name: "" },
      { ...end, id: "t2", name: "file_change", input: { changes: [] } },
      { ...end, id: "t3", name: "", failed: true },
    ).map(({ phase, id, name, input, failed }) => [phase, id, name, input, failed]),
    [
      ["start", "t1", "Bash", null, null],
      ["end", "t1", "Bash", null, false],
      ["start", "t2", "file_change", { changes: [] }, null],
      ["end", "t2", "file_change", { changes: [] }, false],
      // Its start was before the reading began.
      ["end", "t3", "", null, true],
    ],
  );
});

test("what an agent repeats has one line, until it says something new", () => {
  const lines = linesOf(
    { type: "session" },
    { type: "session", model: "m" },
    { type: "thinking" },
    { type: "other", raw: 1 },
    { type: "thinking" },
    { type: "session", model: "m" },
    { type: "thinking" },
    { type: "text", text: "a" },
    { type: "thinking" },
  );
  assert.deepEqual(plain(lines), [
    { type: "session", session_id: null, model: null, agent_version: null },
    { type: "session", session_id: null, model: "m", agent_version: null },
    { type: "thinking" },
    { type: "text", text: "a" },
    { type: "thinking" },
  ]);
});

test("an end that claims success after a failure is an error; the answer is not told a third time", () => {
  const [, claimed] = linesOf(
    { type: "failure", text: "It broke.", apiStatus: 500 },
    { type: "end", isError: false, text: "All is well.", sessionId: "s" },
  );
  const [end] = linesOf({ type: "end", isError: false, text: "The answer." });
  assert.deepEqual(plain([claimed, end].flatMap((line) => line ?? [])), [
    {
      ...{ type: "end", is_error: true, text: "It broke.", reason: null },
      ...{ api_status: 500, session_id: "s" },
    },
    { type: "end", is_error: false, text: null, reason: null, api_status: null, session_id: null },
  ]);
});

test("a message that comes in pieces alone has a line when it is over, and the pieces only where they are asked for", () => {
  const piece = (text: string): TurnEvent => ({ type: "text-delta", text, isOnly: true });
  const tool: TurnEvent = { type: "tool", phase: "start", id: "1", name: "read" };
  const events = [piece("Let me "), piece("look."), tool, piece("It is a."), { type: "end", isError: false }];
  for (const partials of [false, true]) {
    const lines = new EventLines(TURN.turnId, { partials });
    const told = eventLinesOf(events.map((event) => lines.take(event as TurnEvent)).join(""));
    const texts = told.filter(({ type }) => type === "text").map(({ text }) => text);
    assert.deepEqual(texts, ["Let me look.", "It is a."]);
    assert.equal(told.filter(({ type }) => type === "text-delta").length, partials ? 3 : 0);
    assert.deepEqual(
      told.filter(({ type }) => type !== "text-delta").map(({ type }) => type),
      ["text", "tool", "text", "end"],
    );
  }
});
