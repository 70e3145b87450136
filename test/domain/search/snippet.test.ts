import assert from "node:assert/strict";
import test from "node:test";
import { WordFinder } from "../../../src/domain/search/match.ts";
import { snippetOf } from "../../../src/domain/search/snippet.ts";

function snippet(text: string, ...words: string[]) {
  const { text: shown, marks } = snippetOf(text, new WordFinder(words).placesIn(text));
  return { shown, marked: marks.map(({ start, end }) => shown.slice(start, end)) };
}

test("a short text is shown whole, on one line", () => {
  assert.deepEqual(snippet(" we round\n\n half\tup ", "half up", "ROUND"), {
    shown: "we round half up",
    marked: ["round", "half up"],
  });
});

test("of a long text, the part with most of the words is shown, from a word on", () => {
  const text = `${"half of it. ".repeat(40)}We said: half up, as always.${" And more.".repeat(40)}`;
  const { shown, marked } = snippet(text, "half", "up,");
  assert.match(shown, /^…\S.*We said: half up, as always\..*…$/);
  assert.ok(shown.length <= 162, String(shown.length));
  assert.deepEqual(marked.slice(0, 2), ["half", "up,"]);
});

test("marks that overlap are one, and no character is cut in two", () => {
  assert.deepEqual(snippet("rounding", "round", "unding").marked, ["rounding"]);
  for (const at of [39, 40, 41, 120, 121, 159, 160]) {
    const { shown } = snippet(`${"💶".repeat(at)}x${"💶".repeat(100)}`, "x");
    assert.ok(shown.isWellFormed(), String(at));
  }
});

test("a place that is longer than the snippet is marked up to its end", () => {
  const { shown, marked } = snippet(`a ${" ".repeat(500)} b`, "a b");
  assert.deepEqual([shown, marked], ["a…", ["a"]]);
});
