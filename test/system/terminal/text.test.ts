import assert from "node:assert/strict";
import test from "node:test";
import { forTerminal, TerminalText, toTerminal, withoutOurs } from "../../../src/system/terminal/text.ts";

const CASES: [string, string, string][] = [
  ["plain text, lines and tabs", "a\tb\nc – é 漢 🦊\n", "a\tb\nc – é 漢 🦊\n"],
  ["colour", "red \u001b[31mRED\u001b[0m \u001b[38;5;1mx\u001b[m", "red RED x"],
  ["the screen and the cursor", "a\u001b[2Jb\u001b[1;1Hc\u001b[?1049hd\u001b[ q", "abcd"],
  ["a title", "a\u001b]0;pwned\u0007b\u001b]2;pwned\u001b\\c", "abc"],
  ["the clipboard", "a\u001b]52;c;cm0gLXJmIC8=\u0007b", "ab"],
  ["strings to a device", "a\u001bPq#0\u001b\\b\u001b_x\u001b\\c\u001b^y\u001b\\d\u001bXz\u001b\\e", "abcde"],
  ["a reset, a character set, a saved cursor", "a\u001bcb\u001b(Bc\u001b7d\u001b8e", "abcde"],
  ["the same in one byte each", "a\u009b31mb\u009d0;pwned\u009cc\u0090q\u009cd\u0085e", "abcde"],
  ["a lone return, a backspace, a bell, a shift", "safe\rrm\b\b\u0007\u000e\u007f\u0000", "saferm"],
  ["ends of lines of another kind", "a\r\nb\u000bc\u000cd", "a\nbcd"],
  ["what is broken off hides nothing", "a\u001b]0;b\nc\u001b[1\nd\u001b", "a]0;b\nc[1\nd"],
  ["what goes on for too long hides nothing", `\u001b]0;${"x".repeat(5000)}\u0007`, `]0;${"x".repeat(5000)}`],
  ["a sequence out of the rest of others", "\u001b\u001b[0m[31mx", "[31mx"],
  ["what looks like ours", "\u0000abc:\u001b[31m\u0000x", "abc:x"],
];
for (const [what, text, shown] of CASES) {
  test(`at a terminal: ${what}`, () => {
    assert.equal(forTerminal(text), shown);
    const bytes = Buffer.from(text);
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const arriving = new TerminalText();
      let all = "";
      for (let at = 0; at < bytes.length; at += size) all += arriving.take(bytes.subarray(at, at + size));
      assert.equal(all + arriving.rest(), shown, `in pieces of ${size}`);
    }
  });
}

test("at a terminal: a byte that is no character is none of the terminal's either", () => {
  const arriving = new TerminalText();
  assert.equal(arriving.take(Buffer.from([0x61, 0x9b, 0x32, 0x4a])) + arriving.rest(), "a\ufffd2J");
});

test("at a terminal: text is not held back longer than its line", () => {
  const arriving = new TerminalText();
  assert.equal(arriving.take(Buffer.from("a\u001b]0;")), "a");
  assert.equal(arriving.take(Buffer.from("b\n")), "]0;b\n");
});

test("at a terminal: what we say to it ourselves arrives, around whatever text", () => {
  const text = `${toTerminal("\r\u001b[2K")}${toTerminal("\u001b[1m")}a\u001b[2J\u001b${toTerminal("\u001b[22m")}b`;
  assert.equal(forTerminal(text), "\r\u001b[2K\u001b[1ma\u001b[22mb");
  assert.equal(withoutOurs(text), "a\u001b[2J\u001bb");
});
