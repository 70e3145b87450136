import assert from "node:assert/strict";
import test from "node:test";
import { Progress } from "../../src/cli/turn/progress.ts";
import type { TurnEvent } from "../../src/domain/turn/turn.ts";

const bash: TurnEvent = { type: "tool", phase: "start", id: "t1", name: "Bash" };
const read: TurnEvent = { type: "tool", phase: "start", id: "t2", name: "Read" };
const ended = (id: string): TurnEvent => ({ type: "tool", phase: "end", id, name: "" });
const retry = (reason: string, attempt = 3, of?: number): TurnEvent => ({
  type: "retry",
  attempt,
  reason,
  ...(of === undefined ? {} : { of }),
});
const used = (outputTokens: number, answerId?: string): TurnEvent => ({
  type: "usage",
  outputTokens,
  ...(answerId === undefined ? {} : { answerId }),
});

const LINES: [string, number, TurnEvent[], string][] = [
  ["nothing was told yet", 3, [], "0:03  starting"],
  ["the session has begun", 3, [{ type: "session", sessionId: "x" }], "0:03  thinking"],
  ["text comes", 61, [{ type: "text-delta", text: "a" }], "1:01  answering"],
  ["a tool runs", 42, [{ type: "thinking" }, bash, used(1200)], "0:42  Bash  ·  1200 tokens out"],
  ["two tools run", 42, [bash, read], "0:42  Bash, Read"],
  ["two calls of one tool run", 42, [bash, { ...bash, id: "t2" }], "0:42  Bash"],
  ["one of two has ended", 42, [bash, read, ended("t1")], "0:42  Read"],
  ["all have ended", 42, [bash, ended("t1")], "0:42  thinking"],
  [
    "a tool's end was never told",
    42,
    [bash, { type: "text", text: "a" }, { type: "thinking" }],
    "0:42  thinking",
  ],
  ["a tool of codex", 3, [{ ...bash, name: "command_execution" }], "0:03  command execution"],
  ["a tool's name would move the cursor", 3, [{ ...bash, name: "a\r\u001b[2Jb" }], "0:03  a [2Jb"],
  ["a retry of claude", 70, [retry("401 authentication_failed", 3, 10)], "1:10  retry 3 of 10 after 401"],
  ["a retry of codex", 5, [retry("unexpected status 429 Too Many", 1, 5)], "0:05  retry 1 of 5 after 429"],
  ["a retry without a status", 5, [retry("lost https://a:443/", 2)], "0:05  retry 2: lost https://a:443/"],
  ["a retry that isn't counted", 5, [retry("no network", 0)], "0:05  retry: no network"],
  ["a retry without a reason", 5, [retry("", 2, 5)], "0:05  retry 2 of 5"],
  ["a retry that helped", 5, [retry("500", 2), used(1, "m")], "0:05  thinking  ·  1 tokens out"],
  ["the end was told", 5, [bash, { type: "end", isError: false }], "0:05  finishing"],
  ["what is unknown changes nothing", 5, [bash, { type: "other", raw: 1 }], "0:05  Bash"],
  [
    "the same answer is told twice",
    3600 + 120 + 5,
    [used(1, "a"), used(20, "a"), used(1, "b"), used(70_000, "b")],
    "1:02:05  starting  ·  70k tokens out",
  ],
];
for (const [when, seconds, events, expected] of LINES) {
  test(`progress: ${when}`, () => {
    const progress = new Progress(10_000);
    for (const event of events) progress.take(event);
    assert.equal(progress.lineFor(10_000 + seconds * 1000 + 999, 79), expected);
  });
}

test("progress: never wider than the terminal", () => {
  const progress = new Progress(0);
  progress.take({ ...bash, name: "工具".repeat(50) });
  assert.equal(progress.lineFor(0, 11), "0:00  工具");
  progress.take(retry("x".repeat(200)));
  for (const columns of [0, 1, 20, 79]) assert.equal([...progress.lineFor(0, columns)].length, columns);
});
