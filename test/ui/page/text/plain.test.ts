import assert from "node:assert/strict";
import test from "node:test";
import { plain } from "../../../../src/ui/page/text/plain.ts";

test("what hides or turns round what stands beside it is shown", () => {
  for (const code of [
    0x00, 0x08, 0x0b, 0x1b, 0x7f, 0x9f, 0x200b, 0x200e, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff,
  ]) {
    const character = String.fromCharCode(code);
    assert.equal(plain(`a${character}b`), "a\ufffdb", code.toString(16));
  }
});

test("words of every language stay as they are", () => {
  for (const text of [
    "a\tb\nc",
    "M\u00fcller \u6570\u5b57 \u05e9\u05dc\u05d5\u05dd",
    "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  ])
    assert.equal(plain(text), text);
  assert.equal(plain("a\r\nb"), "a\nb");
});
