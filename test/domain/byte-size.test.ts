import assert from "node:assert/strict";
import test from "node:test";
import { parseByteSize } from "../../src/domain/byte-size.ts";

const sizes: [string, number][] = [
  ["4096B", 4096],
  ["512kB", 512_000],
  ["10MB", 10_000_000],
  ["1GB", 1_000_000_000],
  ["2TB", 2_000_000_000_000],
  ["007B", 7],
  ["0B", 0],
];
for (const [text, bytes] of sizes) {
  test(`${text} is ${bytes} bytes`, () => assert.equal(parseByteSize(text), bytes));
}

const others = [
  "",
  " ",
  "5",
  "0",
  "MB",
  "-5MB",
  "+5MB",
  "1.5MB",
  "1e3B",
  "5 MB",
  " 5MB",
  "5MB ",
  "5MB\n",
  "5mb",
];
const more = [
  "5KB",
  "5MiB",
  "5M",
  "1MB5kB",
  "٥MB",
  "InfinityB",
  "NaNB",
  `${"9".repeat(20)}B`,
  "9007199254740992B",
];
for (const text of [...others, ...more, "9007200TB"]) {
  test(`${JSON.stringify(text)} is no size`, () => assert.equal(parseByteSize(text), undefined));
}
