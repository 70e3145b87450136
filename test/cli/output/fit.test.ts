import assert from "node:assert/strict";
import test from "node:test";
import { type FittedColumn, fitTable } from "../../../src/cli/output/fit.ts";
import { cutTo, widthOf } from "../../../src/cli/output/width.ts";

const columns: FittedColumn[] = [
  { head: "NAME", least: 6 },
  { head: "STATE" },
  { head: "TURNS", leaveOut: 2 },
  { head: "WHERE", least: 5, cut: "start" },
  { head: "WORDS", least: 6, leaveOut: 1 },
];
const rows = [
  ["a-long-name-of-a-thing", "free", "1", "/srv/some/where", "what was said in the end"],
  ["漢字漢字漢字漢字", "running", "22", "/x", ""],
].map((row) => row.map((text) => ({ text })));

const fit = (width: number | undefined) =>
  fitTable(columns, rows, width, (text) => text)
    .split("\n")
    .slice(0, -1);

test("a table has all of its columns where there is room, and is not cut elsewhere", () => {
  assert.deepEqual(fit(undefined), [
    "NAME                    STATE    TURNS  WHERE            WORDS",
    "a-long-name-of-a-thing  free     1      /srv/some/where  what was said in the end",
    "漢字漢字漢字漢字        running  22     /x",
  ]);
});

test("in any width, lines are cut with a mark, then columns are left out, and nothing is wider", () => {
  for (let width = 24; width < 100; width += 1)
    for (const line of fit(width)) assert.ok(widthOf(line) <= width, `${width}: ${line}`);
  assert.deepEqual(fit(50), [
    "NAME         STATE    TURNS  WHERE      WORDS",
    "a-long-nam…  free     1      …me/where  what was…",
    "漢字漢字漢…  running  22     /x",
  ]);
  assert.deepEqual(fit(32), [
    "NAME     STATE    WHERE   WORDS",
    "a-long…  free     …where  what…",
    "漢字漢…  running  /x",
  ]);
  assert.deepEqual(fit(24), ["NAME     STATE    WHERE", "a-long…  free     …where", "漢字漢…  running  /x"]);
});

test("a text is cut between characters as a person counts them", () => {
  assert.equal(cutTo("cafe\u0301s", 4), "caf…");
  assert.equal(cutTo("cafe\u0301", 4), "cafe\u0301");
  assert.equal(cutTo("👩‍👩‍👧 family", 5), "👩‍👩‍👧 f…");
  assert.equal(cutTo("漢字", 3), "漢…");
  assert.equal(cutTo("漢字", 2, "start"), "…");
  assert.equal(cutTo("/a/path/of/it", 6, "start"), "…of/it");
});
