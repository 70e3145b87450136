import assert from "node:assert/strict";
import test from "node:test";
import { AppError } from "../../../src/domain/errors.ts";
import {
  answered,
  asked,
  checkShown,
  type GateDecision,
  type GateRecord,
  inOrder,
  isMeantBy,
  MAX_SHOWN_BYTES,
  standing,
} from "../../../src/domain/gate/gate.ts";
import { parseGateId } from "../../../src/domain/gate/id.ts";

const BY = { user: "ada", host: "there", pid: 1 };

function ask(before: GateRecord | undefined, text: string, askedAt = "2026-01-01T00:00:00.000Z"): GateRecord {
  return asked(before, { id: "r/plan", workspace: "/w", shown: text, sha256: `hash of ${text}`, askedAt });
}

function answer(record: GateRecord, state: GateDecision, note?: string): GateRecord {
  return answered(record, { state, note, at: "2026-01-02T00:00:00.000Z", by: BY });
}

test("a gate waits, and an answer is for the text that it was given to alone", () => {
  const first = ask(undefined, "a");
  assert.equal(standing(first).state, "waiting");
  const approved = answer(first, "approved", "yes");
  assert.deepEqual([standing(approved).state, standing(approved).note], ["approved", "yes"]);
  assert.equal(ask(approved, "a"), approved, "the same text asks nothing anew");
  const changed = standing(ask(approved, "b"));
  assert.deepEqual([changed.state, changed.note, changed.answeredBy], ["waiting", undefined, undefined]);
  assert.deepEqual(
    changed.earlier.map(({ sha256, state, note }) => [sha256, state, note]),
    [["hash of a", "approved", "yes"]],
  );
  const back = standing(ask(ask(approved, "b"), "a"));
  assert.deepEqual(
    [back.state, back.earlier.length],
    ["waiting", 1],
    "nor is a text approved that comes back",
  );
});

test("the same answer twice is the first one, and another one counts from then on", () => {
  const approved = answer(ask(undefined, "a"), "approved", "first");
  assert.equal(answer(approved, "approved", "second"), approved);
  const refused = standing(answer(approved, "refused", "no"));
  assert.deepEqual([refused.state, refused.note], ["refused", "no"]);
  assert.deepEqual(
    refused.earlier.map(({ state }) => state),
    ["approved"],
  );
});

test("of many answers the last hundred are kept", () => {
  let record = ask(undefined, "a");
  for (let at = 0; at < 150; at += 1)
    record = answer(record, at % 2 === 0 ? "approved" : "refused", String(at));
  const { note, earlier } = standing(record);
  assert.deepEqual([note, earlier.length, earlier.at(-1)?.note], ["149", 100, "148"]);
});

test("those that wait come first, then the newest", () => {
  const old = standing(ask(undefined, "old", "2025-01-01T00:00:00.000Z"));
  const young = standing(ask(undefined, "young", "2026-02-01T00:00:00.000Z"));
  const done = standing(answer(ask(undefined, "done"), "approved"));
  assert.deepEqual(
    [done, old, young].sort(inOrder).map(({ shown }) => shown),
    ["young", "old", "done"],
  );
});

test("an empty text and one of more than a megabyte are refused, and a hash takes 16 digits", () => {
  checkShown("x".repeat(MAX_SHOWN_BYTES));
  for (const text of ["", " \n", "x".repeat(MAX_SHOWN_BYTES + 1), "\u00e4".repeat(MAX_SHOWN_BYTES / 2 + 1)])
    assert.throws(() => checkShown(text), AppError);
  const sha256 = "0123456789abcdef0123";
  assert.deepEqual(
    [sha256, "0123456789ABCDEF", "0123456789abcde", "1123456789abcdef"].map((hash) =>
      isMeantBy(hash, { sha256 }),
    ),
    [true, true, false, false],
  );
});

test("an id is what a name may be, and no command about gates", () => {
  assert.equal(parseGateId(" release-7/plan "), "release-7/plan");
  assert.equal(parseGateId("cafe\u0301"), "caf\u00e9");
  assert.equal(parseGateId("x".repeat(200)).length, 200);
  for (const id of [
    "",
    "-x",
    "a\nb",
    "a\u0000",
    "x".repeat(201),
    "\ud800",
    "list",
    "approve",
    "refuse",
    "help",
  ])
    assert.throws(() => parseGateId(id), /The gate id ".*" (is|starts|contains) /s, id);
});
