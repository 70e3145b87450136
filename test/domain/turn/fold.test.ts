import assert from "node:assert/strict";
import test from "node:test";
import { conversationOf } from "../../../src/app/turn/running/read-spool.ts";
import { answerOf, foldEvent, startFold } from "../../../src/domain/turn/fold.ts";
import type { TurnEvent } from "../../../src/domain/turn/turn.ts";

const fold = (...events: TurnEvent[]) => events.reduce(foldEvent, startFold());
const end: TurnEvent = { type: "end", isError: false, sessionId: "b" };

test("what failed before the end makes it a failure, whatever the end itself says", () => {
  const said: TurnEvent = { type: "text", text: "half an" };
  const aborted = fold(said, { type: "failure", reason: "user_initiated" }, { type: "failure" }, end);
  assert.deepEqual(aborted.end, { isError: true, reason: "user_initiated", sessionId: "b" });
  assert.equal(answerOf(aborted), "half an");
  const failed = fold({ type: "failure", text: "no", apiStatus: 401 }, { ...end, isError: true });
  assert.deepEqual(failed.end, { isError: true, text: "no", apiStatus: 401, sessionId: "b" });
  assert.equal(fold({ type: "failure", text: "no" }).end, undefined, "the turn may still go on");
  assert.deepEqual(fold(end).end, { isError: false, sessionId: "b" });
});

test("a conversation is known once its id is told, or once the turn has begun in the one asked for", () => {
  const asked = { sessionId: "a" };
  const begun: TurnEvent = { type: "session" };
  const cases: [TurnEvent[], { sessionId?: string }, string | undefined][] = [
    [[], asked, undefined],
    [[{ type: "text", text: "hi" }], asked, undefined],
    [[begun], asked, "a"],
    [[begun], {}, undefined],
    [[begun, end], asked, "b"],
    [[{ type: "session", sessionId: "c" }, begun], asked, "c"],
  ];
  for (const [events, plan, expected] of cases) assert.equal(conversationOf(fold(...events), plan), expected);
});

test("an answer that comes in pieces alone is put together, and begins anew after a tool", () => {
  const piece = (text: string): TurnEvent => ({ type: "text-delta", text, isOnly: true });
  const tool: TurnEvent = { type: "tool", phase: "start", id: "1", name: "read" };
  assert.equal(answerOf(fold(piece("Let me "), piece("look."), end)), "Let me look.");
  assert.equal(answerOf(fold(piece("Let me look."), tool, piece("It is "), piece("a."), end)), "It is a.");
  assert.equal(answerOf(fold({ type: "text-delta", text: "a" }, { type: "text", text: "ab" }, end)), "ab");
});

test("the usage of a turn is that of all its ends, and unknown where one does not say its own", () => {
  const used = (inputTokens: number) => ({
    inputTokens,
    outputTokens: 1,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  });
  const cases: [(number | undefined)[], number | undefined][] = [
    [[], undefined],
    [[undefined], undefined],
    [[3], 3],
    [[3, 4], 7],
    [[3, undefined], undefined],
    [[undefined, 4], undefined],
  ];
  for (const [ends, expected] of cases) {
    const events = ends.map(
      (tokens): TurnEvent => ({ ...end, ...(tokens === undefined ? {} : { usageSince: used(tokens) }) }),
    );
    assert.equal(fold(...events).usage?.inputTokens, expected);
  }
});

test("the usage of answers counts with the end after them, and not at all without one", () => {
  const used = (inputTokens: number, costUsd: number) => ({
    inputTokens,
    outputTokens: 1,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    costUsd,
  });
  const answer: TurnEvent = { type: "usage", outputTokens: 1, counts: used(10, 0.1) };
  const last: TurnEvent = { ...end, usageSince: used(5, 0.2) };
  assert.deepEqual(fold(answer, answer, last, answer, last).usage, { ...used(40, 0.7), outputTokens: 5 });
  assert.equal(fold(answer).usage, undefined, "there may have been more");
  assert.equal(fold(answer, end).usage, undefined, "the end tells none");
  const untold: TurnEvent = { type: "usage", outputTokens: 0, counts: "unknown" };
  assert.equal(fold(untold, answer, last, last).usage, undefined, "something else was used");
});
