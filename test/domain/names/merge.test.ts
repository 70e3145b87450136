import assert from "node:assert/strict";
import test from "node:test";
import { mergeNames } from "../../../src/domain/names/merge.ts";
import type { NameEntry } from "../../../src/domain/names/name.ts";

/** Names and the ids they point at: `{ x: "1" }`. */
type Ids = Record<string, string>;

function names(ids: Ids): Map<string, NameEntry> {
  return new Map(Object.entries(ids).map(([name, sessionId]) => [name, { name, sessionId }]));
}

interface Case {
  what: string;
  base: Ids;
  ours: Ids;
  /** What the file shows; undefined when it is gone or corrupt. */
  theirs: Ids | undefined;
  isTrusted?: false;
  edits: string[];
  stale: boolean;
  back?: string[];
}

const cases: Case[] = [
  {
    what: "nothing changed",
    base: { x: "1" },
    ours: { x: "1" },
    theirs: { x: "1" },
    edits: [],
    stale: false,
  },
  {
    what: "another tool created a name",
    base: { x: "1" },
    ours: { x: "1" },
    theirs: { x: "1", y: "2" },
    edits: ["set y 2"],
    stale: false,
  },
  {
    what: "another tool moved a name",
    base: { x: "1" },
    ours: { x: "1" },
    theirs: { x: "9" },
    edits: ["set x 9"],
    stale: false,
  },
  {
    what: "another tool removed one of two",
    base: { x: "1", y: "2" },
    ours: { x: "1", y: "2" },
    theirs: { y: "2" },
    edits: ["remove x"],
    stale: false,
  },
  {
    what: "another tool removed the last",
    base: { x: "1" },
    ours: { x: "1" },
    theirs: {},
    edits: ["remove x"],
    stale: false,
  },
  {
    what: "the file was emptied because it was corrupt",
    base: { x: "1" },
    ours: { x: "1" },
    theirs: {},
    isTrusted: false,
    edits: [],
    stale: true,
    back: ["x"],
  },
  {
    what: "the temp folder was emptied",
    base: { x: "1" },
    ours: { x: "1" },
    theirs: undefined,
    edits: [],
    stale: true,
    back: ["x"],
  },
  {
    what: "the file was lost and another tool started afresh",
    base: { x: "1" },
    ours: { x: "1" },
    theirs: { z: "3" },
    edits: ["set z 3"],
    stale: true,
    back: ["x"],
  },
  {
    what: "we died before the file was written",
    base: {},
    ours: { x: "1" },
    theirs: { y: "2" },
    edits: ["set y 2"],
    stale: true,
  },
  {
    what: "we died before a removal was written",
    base: { x: "1", y: "2" },
    ours: { y: "2" },
    theirs: { x: "1", y: "2" },
    edits: [],
    stale: true,
  },
  {
    what: "we died before a move was written",
    base: { x: "1" },
    ours: { x: "2" },
    theirs: { x: "1" },
    edits: [],
    stale: true,
  },
  {
    what: "a name we removed was made anew",
    base: { x: "1" },
    ours: {},
    theirs: { x: "7" },
    edits: ["set x 7"],
    stale: false,
  },
  {
    what: "both moved a name: the file was acknowledged, our unfinished move was not",
    base: { x: "1" },
    ours: { x: "2" },
    theirs: { x: "3" },
    edits: ["set x 3"],
    stale: false,
  },
  {
    what: "a file that was never seen disagrees",
    base: {},
    ours: { x: "1" },
    theirs: { x: "8" },
    edits: [],
    stale: true,
  },
  { what: "no names at all and no file", base: {}, ours: {}, theirs: undefined, edits: [], stale: false },
];

for (const { what, base, ours, theirs, isTrusted, edits, stale, back } of cases) {
  test(`merge: ${what}`, () => {
    const merge = mergeNames(names(base), names(ours), {
      entries: theirs === undefined ? undefined : names(theirs),
      isTrusted: isTrusted ?? true,
    });
    const told = merge.edits.map((edit) => {
      if (edit.op === "set") return `set ${edit.entry.name} ${edit.entry.sessionId}`;
      return edit.op === "remove" ? `remove ${edit.name}` : edit.op;
    });
    assert.deepEqual(told, edits);
    assert.equal(merge.isViewStale, stale);
    assert.deepEqual(merge.writtenBack, back ?? []);
  });
}

test("another tool's change of a name leaves what only we know of its conversation", () => {
  const ours: NameEntry = {
    name: "x",
    sessionId: "1",
    agentCommand: "mine",
    agentArgs: ["--one"],
    usedAt: "then",
  };
  const shown = { name: "x", sessionId: "1" };
  const merged = (found: NameEntry) =>
    mergeNames(new Map([["x", shown]]), new Map([["x", ours]]), {
      entries: new Map([["x", found]]),
      isTrusted: true,
    }).edits;
  assert.deepEqual(merged({ ...shown, lastModel: "big" }), [
    { op: "set", entry: { ...ours, lastModel: "big" }, reason: "another tool" },
  ]);
  const other = { name: "x", sessionId: "2" };
  assert.deepEqual(merged(other), [{ op: "set", entry: other, reason: "another tool" }]);
});

test("the budget of a name stays, whatever another tool points the name at", () => {
  const budget = { unit: "tokens", amount: 10 } as const;
  const ours = new Map([["x", { name: "x", sessionId: "1", budget }]]);
  const { edits } = mergeNames(names({ x: "1" }), ours, { entries: names({ x: "9" }), isTrusted: true });
  assert.deepEqual(edits, [
    { op: "set", entry: { name: "x", sessionId: "9", budget }, reason: "another tool" },
  ]);
});
