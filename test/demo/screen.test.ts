import assert from "node:assert/strict";
import test from "node:test";
import { Screen } from "../../demo/recording/screen.ts";

function rowsOf(bytes: string, columns = 80) {
  const screen = new Screen(columns);
  screen.write(bytes);
  return screen.rows.map((runs) =>
    runs.map(({ column, width, text, look }) => [
      column,
      width,
      text,
      ...Object.entries(look)
        .filter(([, value]) => value !== false && value !== undefined)
        .map(([key, value]) => (value === true ? key : value)),
    ]),
  );
}

test("colours and looks begin and end where the terminal is told", () => {
  assert.deepEqual(
    rowsOf("\u001b[31merror:\u001b[39m It \u001b[1;3mis\u001b[22m so\u001b[0m.  \u001b[94mhigh\u001b[39m"),
    [
      [
        [0, 6, "error:", "red"],
        [7, 2, "It"],
        [10, 2, "is", "bold", "italic"],
        [13, 2, "so", "italic"],
        [15, 1, "."],
        [18, 4, "high", "blue"],
      ],
    ],
  );
});

test("a status line is erased, and a row ends where the terminal does", () => {
  assert.deepEqual(rowsOf("\r\u001b[2K\u001b[2m0:01\u001b[22m\r\u001b[2KDone.\r\n"), [[[0, 5, "Done."]], []]);
  assert.deepEqual(rowsOf("abcdef", 4), [[[0, 4, "abcd"]], [[0, 2, "ef"]]]);
  assert.deepEqual(rowsOf("abc\rX"), [[[0, 3, "Xbc"]]]);
});

test("a wide character has two columns to itself, and a mark none", () => {
  assert.deepEqual(rowsOf("a漢字b cafe\u0301 🚀."), [
    [
      [0, 1, "a"],
      [1, 2, "漢"],
      [3, 2, "字"],
      [5, 6, "b cafe\u0301"],
      [12, 2, "🚀"],
      [14, 1, "."],
    ],
  ]);
  assert.deepEqual(rowsOf("abc漢", 4), [[[0, 3, "abc"]], [[0, 2, "漢"]]], "it is not cut in two");
});

test("what a terminal would obey, or nobody can read, is an error", () => {
  for (const bytes of [
    "\u001b]0;title\u0007",
    "\u001b[2J",
    "\u001b[K",
    "\u0007",
    "\t",
    "\u009b2J",
    "\ud800",
    "\uffff",
    "a\u202eb",
    "\u001b[45m",
    "\u001b[38;5;1m",
  ])
    assert.throws(() => rowsOf(bytes), Error, JSON.stringify(bytes));
});
