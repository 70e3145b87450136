import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { AppError } from "../../../src/domain/errors.ts";
import { parseName } from "../../../src/domain/names/name.ts";
import { quoteWords, splitWords } from "../../../src/domain/words.ts";

const refused = ["", "   ", "-x", "--json", "a\nb", "a\u0000b", "\u2028", "x".repeat(201), "\ud800"];
for (const raw of refused) {
  test(`the name ${JSON.stringify(raw).slice(0, 20)} is refused`, () => {
    assert.throws(
      () => parseName(raw),
      (error) => error instanceof AppError && error.code === "usage",
    );
  });
}

for (const name of ["проект", "9", "__proto__", "🦊", "../../x", "a b", "constructor", "x".repeat(200)]) {
  test(`the name ${name.slice(0, 20)} is taken as it is`, () => assert.equal(parseName(name), name));
}

test("two spellings that look the same are the same name", () => {
  assert.equal(parseName("caf\u0065\u0301"), parseName("caf\u00e9"));
  assert.equal(parseName("  x "), "x");
});

const wordCases: [string, string[]][] = [
  [`codex --profile "a b"`, ["codex", "--profile", "a b"]],
  [`'a"b' c\\ d ""`, [`a"b`, "c d", ""]],
  [`"a\\"b\\n" ~ $HOME *.ts #x`, [`a"b\\n`, "~", "$HOME", "*.ts", "#x"]],
  ["  ", []],
];
for (const [text, words] of wordCases) {
  test(`words of ${text}`, () => assert.deepEqual(splitWords(text), words));
}

test("an open quote is a usage error", () => {
  assert.throws(() => splitWords("a 'b"), /No closing quotation/);
});

test("what we print for copying is read back unchanged", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (words) => {
      assert.deepEqual(splitWords(quoteWords(words)), words);
    }),
  );
});
