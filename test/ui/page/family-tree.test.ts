import assert from "node:assert/strict";
import test from "node:test";
import { type Branch, familyOf } from "../../../src/ui/page/family-tree.ts";
import { keyOf } from "../../../src/ui/page/needs.ts";
import type { Relative } from "../../../src/ui/page/types.ts";

const WHICH = { agent: "claude", workspace: "/w" };

function relative(name: string, parent?: string): Relative {
  const found = { ...WHICH, name, session_id: `id of ${name}` } as Relative;
  return parent === undefined
    ? found
    : { ...found, parent: { name: parent, workspace: "/w", session_id: `id of ${parent}` } };
}

function drawn(branch: Branch | undefined): string {
  if (branch === undefined) return "";
  const forks = branch.forks.map(drawn).join(" ");
  return forks === "" ? branch.relative.name : `${branch.relative.name}(${forks})`;
}

test("each member of a family sees all of it; others see themselves", () => {
  const names = [relative("c", "b"), relative("b", "a"), relative("a"), relative("d", "a"), relative("x")];
  for (const name of ["a", "b", "c", "d"])
    assert.equal(drawn(familyOf(names, keyOf({ ...WHICH, name }))), "a(b(c) d)");
  assert.equal(drawn(familyOf(names, keyOf({ ...WHICH, name: "x" }))), "x");
  assert.equal(familyOf(names, keyOf({ ...WHICH, name: "nobody" })), undefined);
});

test("a circle ends", () => {
  const names = [relative("a", "b"), relative("b", "a")];
  assert.notEqual(familyOf(names, keyOf({ ...WHICH, name: "a" })), undefined);
});
