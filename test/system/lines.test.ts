import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { follow } from "../../src/system/lines/follow.ts";
import { readLines } from "../../src/system/lines/read.ts";
import { LineSplitter } from "../../src/system/lines/splitter.ts";
import { tempFolder } from "../support/temp-folder.ts";

function split(chunks: Buffer[]): string[] {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  for (const chunk of chunks) for (const line of splitter.push(chunk)) lines.push(line.toString("utf8"));
  const [rest] = splitter.rest();
  return rest === undefined ? lines : [...lines, rest.toString("utf8")];
}

test("lines end at a line feed only", () => {
  assert.deepEqual(split([Buffer.from('{"a":"\u2028\u2029\u0085"}\r\nb\rc\n\nd')]), [
    '{"a":"\u2028\u2029\u0085"}',
    "b\rc",
    "",
    "d",
  ]);
});

test("however the bytes arrive, the lines are the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(40)), (text, cuts) => {
      const bytes = Buffer.from(text);
      const chunks: Buffer[] = [];
      let start = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(start, start + cut));
        start += cut;
      }
      chunks.push(bytes.subarray(start));
      assert.deepEqual(split(chunks), split([bytes]));
    }),
  );
});

test("a growing file is read to what was written before the end, not to the end of file", async (t) => {
  const path = join(tempFolder(t), "spool");
  writeFileSync(path, "one\n");
  let end: (value: unknown) => void = () => undefined;
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  const got: string[] = [];
  for await (const chunk of follow(path, ended)) {
    got.push(chunk.toString());
    if (got.length === 1) appendFileSync(path, "two\n");
    else {
      appendFileSync(path, "three\n");
      end(undefined);
    }
    if (got.join("").includes("three")) break;
  }
  assert.equal(got.join(""), "one\ntwo\nthree\n");
});

test("lines of a file come out whole across chunks", (t) => {
  const path = join(tempFolder(t), "lines");
  const long = "x".repeat(3_000_000);
  writeFileSync(path, `a\n${long}\nlast`);
  assert.deepEqual(
    Array.from(readLines(path), (line) => line.length),
    [1, long.length, 4],
  );
  assert.deepEqual([...readLines(join(path, "..", "absent"))], []);
});
