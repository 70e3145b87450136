import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { LineFilter } from "../../../src/system/lines/line-filter.ts";

const LEFT_OUT = ['{"type":"a",', '{"type":"longer","x"'];

function filter(chunks: readonly string[]): string {
  const filtered = new LineFilter(LEFT_OUT);
  const parts = chunks.flatMap((chunk) => [...filtered.push(Buffer.from(chunk))].map(String));
  return [...parts, ...[...filtered.rest()].map(String)].join("");
}

test("lines that begin so are left out, wherever the chunks break; all else passes byte for byte", () => {
  const line = fc.constantFrom(
    '{"type":"a","b":1}',
    '{"type":"longer","x":1}',
    '{"type":"longer","y":1}',
    '{"type":"ab"}',
    '{"ty',
    "",
    "other",
  );
  const text = fc.tuple(fc.array(line), fc.constantFrom("", '{"type":"', '{"type":"a",', "end"));
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 12 })), ([lines, last], sizes) => {
      const whole = `${lines.map((one) => `${one}\n`).join("")}${last}`;
      const chunks: string[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(whole.slice(at, at + size));
        at += size;
      }
      chunks.push(whole.slice(at));
      const expected = whole
        .split(/(?<=\n)/)
        .filter((one) => !LEFT_OUT.some((beginning) => one.startsWith(beginning)))
        .join("");
      assert.equal(filter(chunks), expected);
    }),
  );
});

test("what passes does not wait for the end of its line", () => {
  const filtered = new LineFilter(LEFT_OUT);
  assert.deepEqual([...filtered.push(Buffer.from('{"type":"b","piece'))].map(String), ['{"type":"b","piece']);
  assert.deepEqual([...filtered.push(Buffer.from("s\n{"))].map(String), ["s\n"]);
});
