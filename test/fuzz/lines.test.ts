import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { readLines, readTail } from "../../src/system/lines/read.ts";
import { LineSplitter } from "../../src/system/lines/splitter.ts";
import { runs } from "../support/fuzz/runs.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Bytes in which line ends, carriage returns and half characters are common. */
const bytes = fc
  .array(fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x00, 0xe2, 0x80, 0xa8), fc.integer({ min: 0, max: 255 })), {
    maxLength: 200,
  })
  .map((numbers) => Buffer.from(numbers));

/** The lines of bytes that are there at once, in latin1: one character for each byte. */
function linesOf(all: Buffer): string[] {
  const lines = all.toString("latin1").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

function splitInPieces(all: Buffer, cuts: readonly number[], splitter = new LineSplitter()): string[] {
  const lines: string[] = [];
  const room = Buffer.alloc(all.length);
  let start = 0;
  for (const cut of [...cuts, all.length]) {
    // One buffer for all pieces, as whoever reads a file has it.
    const length = all.copy(room, 0, start, start + cut);
    for (const line of splitter.push(room.subarray(0, length))) lines.push(line.toString("latin1"));
    room.fill(0x0a);
    start += length;
  }
  const [rest] = splitter.rest();
  return rest === undefined ? lines : [...lines, rest.toString("latin1")];
}

test("however bytes come, their lines are those of all of them at once", () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.integer({ min: 0, max: 30 })), (all, cuts) => {
      assert.deepEqual(splitInPieces(all, cuts), linesOf(all));
    }),
    runs(1_000),
  );
});

test("of a line that is too long the rest is dropped, where pieces are joined, and the next lines are whole", () => {
  fc.assert(
    fc.property(
      bytes,
      fc.array(fc.integer({ min: 0, max: 30 })),
      fc.integer({ min: 1, max: 40 }),
      (all, cuts, most) => {
        const lines = splitInPieces(all, cuts, new LineSplitter(most));
        const expected = linesOf(all);
        assert.equal(lines.length, expected.length);
        for (const [index, line] of expected.entries()) {
          const got = lines[index] ?? "";
          assert.ok(
            line.startsWith(got) && got.length >= Math.min(line.length, most - 1),
            JSON.stringify([line, got]),
          );
        }
      },
    ),
    runs(500),
  );
});

test("the lines of a file, from any byte on, and those of its end", (t) => {
  const path = join(tempFolder(t), "lines");
  fc.assert(
    fc.property(bytes, fc.nat(220), (all, from) => {
      writeFileSync(path, all);
      const lines = Array.from(readLines(path, from), (line) => line.toString("latin1"));
      assert.deepEqual(lines, linesOf(all.subarray(from)));
      const tail = Array.from(readTail(path, from), (line) => line.toString("latin1"));
      const whole = linesOf(all.subarray(Math.max(0, all.length - from)));
      assert.deepEqual(tail, from < all.length ? whole.slice(1) : whole);
    }),
    runs(300),
  );
});
