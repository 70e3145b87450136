import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { readEnds } from "../../../src/system/files/read.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const ENDS = { headBytes: 20, tailBytes: 30 };

test("a text that fits is told whole, and no file is no text", (t) => {
  const path = join(tempFolder(t), "text");
  assert.equal(readEnds(path, ENDS), "");
  writeFileSync(path, "é".repeat(25));
  assert.equal(readEnds(path, ENDS), "é".repeat(25));
});

test("of a longer one both ends are told, without half a character, and how much is missing", (t) => {
  const path = join(tempFolder(t), "text");
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "é", "€", "🦊"), { minLength: 60, maxLength: 80 }),
      (letters) => {
        const text = letters.join("");
        writeFileSync(path, text);
        const told = readEnds(path, ENDS);
        if (Buffer.byteLength(text) <= 50) return assert.equal(told, text);
        const [head = "", mark = "", tail = ""] = told.split("\n");
        assert.ok(text.startsWith(head) && Buffer.byteLength(head) > 16, head);
        assert.ok(text.endsWith(tail) && Buffer.byteLength(tail) > 26, tail);
        assert.equal(mark, `[… ${Buffer.byteLength(text) - 50} bytes left out …]`);
      },
    ),
  );
});

test("a terabyte is not read", (t) => {
  const path = join(tempFolder(t), "text");
  writeFileSync(path, "head");
  truncateSync(path, 1e12);
  assert.match(readEnds(path, ENDS), /^head.*\n\[… 999999999950 bytes left out …\]\n/s);
});

test("invalid bytes are told as such", (t) => {
  const path = join(tempFolder(t), "text");
  writeFileSync(path, Buffer.alloc(100, 0x80));
  assert.match(readEnds(path, ENDS), /^\ufffd+\n\[… 50 bytes left out …\]\n\ufffd+$/);
});
