import assert from "node:assert/strict";
import test from "node:test";
import { WordFinder } from "../../../src/domain/search/match.ts";
import { wordsToFind } from "../../../src/domain/search/words.ts";

const CASES: [word: string, found: string[], missed: string[]][] = [
  ["rounding", ["ROUNDING", "a surrounding wall", "\nrounding\n"], ["round ing", "roundin"]],
  ["über", ["ÜBER", "u\u0308bermut", "Über den Wolken"], ["uber"]],
  ["straße", ["STRAẞE", "Straße"], ["strasse"]],
  ["ΟΔΟΣ", ["οδος", "οδοσ"], ["οδο"]],
  ["привет", ["ПРИВЕТ"], ["привед"]],
  ["丸め", ["四捨五入の丸め誤差", "丸\nめ", "丸\r\nめ"], ["丸 め", "丸誤め"]],
  ["half up", ["HALF\nUP", "half  up", "half\t\r\n up"], ["halfup", "half-up"]],
  ['"error":', ['{"error": 1}'], ["error:"]],
  ["a.b(c)*[d]", ["x a.b(c)*[d]"], ["aXb(c)*[d]"]],
  ["C:\\tmp", ["c:\\TMP\\x"], ["c:/tmp"]],
  ["💶", ["5 💶"], ["5 €"]],
  ["n-te", ["N-TE"], ["nte"]],
];

for (const [word, found, missed] of CASES) {
  test(`texts with ${JSON.stringify(word)}`, () => {
    const finder = new WordFinder(wordsToFind([word]));
    for (const text of found) assert.ok(finder.areAllIn([text.normalize("NFC")]), JSON.stringify(text));
    for (const text of missed) assert.ok(!finder.areAllIn([text]), JSON.stringify(text));
  });
}

test("all words, in one text or the other, and where they stand", () => {
  const finder = new WordFinder(["half", "up"]);
  assert.ok(finder.areAllIn(["half", "UP"]));
  assert.ok(!finder.areAllIn(["half", "down"]));
  assert.deepEqual(finder.placesIn("Up, half up"), [
    { word: 1, start: 0, end: 2 },
    { word: 0, start: 4, end: 8 },
    { word: 1, start: 9, end: 11 },
  ]);
});

test("a million blanks, and a million hits, do not take for ever", () => {
  const finder = new WordFinder(["a b"]);
  assert.ok(!finder.areAllIn([`a${" ".repeat(1_000_000)}c`]));
  assert.equal(new WordFinder(["a"]).placesIn("a".repeat(1_000_000)).length, 1_000);
});
