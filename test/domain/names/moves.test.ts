import assert from "node:assert/strict";
import test from "node:test";
import { lastMentions } from "../../../src/domain/names/moves.ts";
import type { NameEdit } from "../../../src/domain/names/name.ts";

function line(day: number, ...edits: NameEdit[]) {
  return { at: `2026-11-0${day}T00:00:00.000Z`, edits };
}

function set(name: string, sessionId: string): NameEdit {
  return { op: "set", entry: { name, sessionId }, reason: "create" };
}

const gone: NameEdit = { op: "remove", name: "x", reason: "remove" };
const used: NameEdit = { op: "used", name: "x", usedAt: "2026-11-09T00:00:00.000Z" };
const cases: [string, unknown[], Record<string, number>][] = [
  ["a name that was set", [line(1, set("x", "A"))], { A: 1 }],
  ["a name that was used", [line(1, set("x", "A")), line(2, used)], { A: 2 }],
  ["a name that was removed", [line(1, set("x", "A")), line(3, gone)], { A: 3 }],
  ["a name that was moved away", [line(1, set("x", "A")), line(4, set("x", "B"))], { A: 4, B: 4 }],
  ["a name that was gone already", [line(1, set("x", "A")), line(2, gone), line(5, gone)], { A: 2 }],
  ["edits of one line", [line(2, set("x", "A"), gone, set("x", "B"))], { A: 2, B: 2 }],
  ["a line without a time", [line(1, set("x", "A")), { edits: [gone] }], { A: 1 }],
  ["lines that make no sense", [null, 3, "x", { at: 1, edits: [{ op: "set" }] }], {}],
];
for (const [what, lines, days] of cases) {
  test(`mentions: ${what}`, () => {
    const found = [...lastMentions(lines)].map(([id, atMs]) => [id, new Date(atMs).getUTCDate()]);
    assert.deepEqual(Object.fromEntries(found), days);
  });
}
