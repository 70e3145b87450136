import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { WordFinder } from "../../../src/domain/search/match.ts";
import { hasAll, needlesOf } from "../../../src/domain/search/needles.ts";
import { wordsToFind } from "../../../src/domain/search/words.ts";

/** A line of a journal as the scan of its file sees it. */
function lineOf(text: string): string {
  return Buffer.from(JSON.stringify({ prompt: "", text }))
    .toString("latin1")
    .toLowerCase();
}

const PIECES = [
  ...'aZ0"\\/-.(*äÖßñÅçéй Я',
  ..."\n\tω\u03c3\u03c2Σ丸め\u304cガ\u3099가힣ー樂\uf914💶ﬁİıſKǅ",
  ...["u\u0308", "A\u030a", "\u1100\u1161", "\u0301", "\r\n", "e\u0301\u0323"],
];

test("no line is passed over whose text has the words", () => {
  const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(""));
  const spelled = fc.constantFrom<(text: string) => string>(
    (one) => one,
    (one) => one.normalize("NFD"),
    (one) => one.toUpperCase(),
    (one) => one.toLowerCase(),
    (one) => one.normalize("NFD").toUpperCase(),
  );
  let hits = 0;
  fc.assert(
    fc.property(text, text, text, spelled, (before, word, after, spell) => {
      fc.pre(word.trim() !== "" && word.isWellFormed());
      const words = wordsToFind([word]);
      const said = spell(before + word + after);
      // Letters of ASCII that other characters are written as in another case are the limit that the documents tell.
      fc.pre(!/[ſK]/.test(said) && !/[ſK]/.test(word));
      if (!new WordFinder(words).areAllIn([said.normalize("NFC")])) return;
      hits += 1;
      assert.ok(
        hasAll(lineOf(said), needlesOf(words)),
        JSON.stringify({ words, said, needles: needlesOf(words).map(String) }),
      );
    }),
    { numRuns: 5_000 },
  );
  assert.ok(hits > 500, `${hits} texts had the word`);
});

test("most other lines are passed over", () => {
  const has = (word: string, text: string) => hasAll(lineOf(text), needlesOf(wordsToFind([word])));
  for (const [word, text] of [
    ["rounding", "round ing"],
    ["für", "fur"],
    ["привет", "пример"],
    ["丸め誤差", "丸い誤差"],
    ["gg'\"x", "ggx"],
    ["half up", "half down"],
  ] as const)
    assert.equal(has(word, text), false, word);
  assert.equal(
    has("nrounding", "\nrounding"),
    true,
    "the line end is escaped as \\n: only the second look tells",
  );
});
