import assert from "node:assert/strict";
import test from "node:test";
import { StatusLine } from "../../src/cli/turn/status-line.ts";
import { forTerminal } from "../../src/system/terminal/text.ts";

/** A status line on a screen whose clock the test sets. */
function open() {
  const screen = { nowMs: 0, isOurs: true, written: "" };
  const line = new StatusLine({
    write: (text) => {
      screen.written += forTerminal(text);
    },
    columns: () => 80,
    isOurs: () => screen.isOurs,
    nowMs: () => screen.nowMs,
  });
  return { screen, line };
}
const ERASE = "\r\u001b[2K";

test("the line comes after a second of silence, and printing begins the silence anew", () => {
  const { screen, line } = open();
  line.show("a");
  screen.nowMs = 999;
  line.show("a");
  assert.equal(screen.written, "");
  screen.nowMs = 1000;
  line.show("a");
  line.show("a");
  assert.equal(screen.written, `${ERASE}a`);
  line.clear();
  line.clear();
  assert.equal(screen.written, `${ERASE}a${ERASE}`);
  screen.nowMs = 1999;
  line.show("a");
  assert.equal(screen.written, `${ERASE}a${ERASE}`);
});

test("a line that was drawn before the command went to the background is left to whoever writes there", () => {
  const { screen, line } = open();
  screen.nowMs = 1000;
  line.show("a");
  screen.isOurs = false;
  line.show("b");
  line.clear();
  assert.equal(screen.written, `${ERASE}a`);
});
