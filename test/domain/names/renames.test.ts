import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { applyEdits, replay } from "../../../src/domain/names/log.ts";
import { movesOf } from "../../../src/domain/names/moves.ts";
import type { NameEdit } from "../../../src/domain/names/name.ts";
import { entrySince, renamedTo } from "../../../src/domain/names/renames.ts";

const at = "2026-11-21T00:00:00.000Z";

/** A name as people think of it: what keeps its identity when it is called otherwise or points elsewhere. */
interface Ref {
  name: string;
  sessionId: string;
  isThere: boolean;
}

type Operation =
  | { kind: "point"; name: string }
  | { kind: "remove"; name: string }
  | { kind: "rename"; name: string; to: string };

const name = fc.constantFrom("a", "b", "c");
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant("point" as const), name }),
  fc.record({ kind: fc.constant("remove" as const), name }),
  fc.record({ kind: fc.constant("rename" as const), name, to: name }),
);

/** Does it to the refs, and says it in edits; none where it is not possible. Every id is given once. */
function apply(refs: Ref[], operation: Operation, id: string): NameEdit[] {
  const find = (wanted: string) => refs.find((ref) => ref.isThere && ref.name === wanted);
  const ref = find(operation.name);
  if (operation.kind === "point") {
    if (ref === undefined) refs.push({ name: operation.name, sessionId: id, isThere: true });
    else ref.sessionId = id;
    return [{ op: "set", entry: { name: operation.name, sessionId: id }, reason: "turn" }];
  }
  if (ref === undefined) return [];
  if (operation.kind === "remove") {
    ref.isThere = false;
    return [{ op: "remove", name: ref.name, reason: "remove" }];
  }
  if (find(operation.to) !== undefined) return [];
  ref.name = operation.to;
  return [
    { op: "remove", name: operation.name, reason: "rename", renamedTo: operation.to },
    { op: "set", entry: { name: operation.to, sessionId: ref.sessionId }, reason: "rename" },
  ];
}

test("a turn finds what its name has become, through any renames and moves, and never another name", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 25 }), (operations) => {
      const refs: Ref[] = [];
      const lines: { at: string; edits: NameEdit[] }[] = [];
      const sent: { ref: Ref; name: string; sessionId: string }[] = [];
      let table = replay([]);
      for (const [index, one] of operations.entries()) {
        const edits = apply(refs, one, String(index));
        lines.push({ at, edits });
        table = applyEdits(table, edits);
        for (const ref of refs) if (ref.isThere) sent.push({ ref, name: ref.name, sessionId: ref.sessionId });
        for (const { ref, name: before, sessionId } of sent) {
          const found = entrySince(table, before, sessionId);
          const expected = ref.isThere ? [ref.name, ref.sessionId] : [undefined, undefined];
          assert.deepEqual([found?.name, found?.sessionId], expected, `sent to ${before} at ${sessionId}`);
        }
      }
      assert.deepEqual(replay(lines), table, "the log says what the edits did");
    }),
    { numRuns: 300 },
  );
});

test("a log that makes no sense sends nobody in circles", () => {
  const gone = (from: string, to: string): NameEdit[] => [
    { op: "set", entry: { name: from, sessionId: "1" }, reason: "turn" },
    { op: "remove", name: from, reason: "rename", renamedTo: to },
  ];
  const table = replay([
    { at, edits: [...gone("a", "b"), ...gone("b", "c"), ...gone("c", "b"), ...gone("b", "b")] },
  ]);
  assert.equal(entrySince(table, "a", "1"), undefined);
  assert.equal(renamedTo(table, "a"), undefined);
  const odd = [{ at, edits: [{ op: "remove", name: "a", reason: "rename", renamedTo: 7 }] }];
  assert.deepEqual(replay(odd).moved, new Map());
});

test("the moves of a name say from when it pointed where, and what was remembered", () => {
  const entry = (sessionId: string, more = {}) => ({ name: "x", sessionId, ...more });
  const lines = [
    { at: "1", edits: [{ op: "set", entry: entry("1"), reason: "create" }] },
    { at: "2", edits: [{ op: "used", name: "x", usedAt: "then" }] },
    { at: "3", edits: [{ op: "set", entry: entry("1", { lastModel: "m" }), reason: "turn" }] },
    { at: "4", edits: [{ op: "set", entry: entry("2"), reason: "turn" }] },
    { at: "5", edits: [{ op: "remove", name: "y", reason: "remove" }, 7, null] },
    { at: "6", edits: [{ op: "remove", name: "x", reason: "remove" }] },
    { at: "7", edits: [{ op: "remove", name: "x", reason: "remove" }] },
    "torn",
    { edits: [{ op: "set", entry: entry("1"), reason: "restore" }] },
  ];
  assert.deepEqual(movesOf(lines, "x"), [
    { at: "1", reason: "create", entry: entry("1", { lastModel: "m" }) },
    { at: "4", reason: "turn", entry: entry("2") },
    { at: "6", reason: "remove" },
    { at: "", reason: "restore", entry: entry("1") },
  ]);
});
