import assert from "node:assert/strict";
import test from "node:test";
import { liveTurns } from "../../../src/ui/page/live-turns.ts";
import type { PastTurn } from "../../../src/ui/page/types.ts";

const ENDED: PastTurn = {
  turn_id: "t1",
  outcome: "succeeded",
  continuity: "native",
  prompt: "One?",
  text: "One.",
  model: null,
  usage: null,
  started_at: "2026-01-01T00:00:00Z",
  ended_at: "2026-01-01T00:00:01Z",
  error: null,
};

function told(busyId: string | null, turns: PastTurn[]) {
  const busy = busyId === null ? null : { turn_id: busyId, prompt: `The prompt of ${busyId}` };
  return { show: { busy }, history: { turns, not_shown: [] } };
}

function running(runningId: string | null, queued: string[] = []) {
  return { running: runningId, queued };
}

test("a turn that runs is followed, with its prompt as soon as that is known", () => {
  assert.deepEqual(liveTurns(running(null), undefined), []);
  assert.deepEqual(liveTurns(running("t1"), undefined), [{ turnId: "t1", prompt: null }]);
  assert.deepEqual(liveTurns(running("t1"), told("t1", [])), [{ turnId: "t1", prompt: "The prompt of t1" }]);
});

test("a turn whose answer is in the history is not drawn again as one that runs", () => {
  assert.deepEqual(liveTurns(running("t1"), told(null, [ENDED])), []);
  assert.deepEqual(liveTurns(running("t1"), told("t1", [ENDED])), []);
});

test("a turn that the list has as ended stays until the history has its answer", () => {
  assert.deepEqual(liveTurns(running(null), told("t1", [])), [{ turnId: "t1", prompt: "The prompt of t1" }]);
  assert.deepEqual(liveTurns(running(null), told(null, [])), []);
});

test("the prompt of an earlier turn does not stand above the next one", () => {
  assert.deepEqual(liveTurns(running("t2"), told("t1", [])), [
    { turnId: "t1", prompt: "The prompt of t1" },
    { turnId: "t2", prompt: null },
  ]);
});

test("a turn that waits for a worker is drawn as queued, and not as one that runs", () => {
  assert.deepEqual(liveTurns(running(null, ["t1"]), told("t1", [])), []);
  assert.deepEqual(liveTurns(running("t1", ["t2"]), told("t1", [])), [
    { turnId: "t1", prompt: "The prompt of t1" },
  ]);
});
