import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import fc from "fast-check";
import { parseByteSize } from "../../src/domain/byte-size.ts";
import { parseDuration } from "../../src/domain/duration.ts";
import { AppError } from "../../src/domain/errors.ts";
import { quoteWords, splitWords } from "../../src/domain/words.ts";
import { parseStat } from "../../src/system/processes/identity.ts";
import { parseRows } from "../../src/system/processes/list.ts";
import { python } from "../support/fuzz/python.ts";
import { runs } from "../support/fuzz/runs.ts";

/** Text in which what means something to a shell is common; no argument of a program can hold a NUL. */
const shellText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(..." \t\n'\"\\$`*?#~;&|<>(){}![]=-a"),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
  })
  .map((text) => text.toWellFormed().replaceAll("\0", ""));

test("what is quoted for a shell is read back by it, and by us", () => {
  const lines = fc.sample(fc.array(fc.oneof(shellText, fc.string({ unit: "grapheme" })), { minLength: 1 }), {
    ...runs(150),
  });
  const clean = lines.map((words) => words.map((word) => word.toWellFormed().replaceAll("\0", "")));
  const script = clean.map((words) => `printf '%s\\0' ${quoteWords(words)} ; printf '\\0end\\0'`).join("\n");
  const out = execFileSync("sh", { input: script, encoding: "utf8" });
  const read = out.split("\0end\0").slice(0, -1);
  assert.deepEqual(
    read.map((words) => words.split("\0").slice(0, -1)),
    clean,
  );
  for (const words of clean) assert.deepEqual(splitWords(quoteWords(words)), words);
});

test("any command line is split as Python's shlex does, or refused as it does", { skip: python.skip }, () => {
  const texts = fc.sample(shellText, runs(500));
  const program = [
    "import json,shlex,sys",
    "for line in sys.stdin:",
    "  try: print(json.dumps(shlex.split(json.loads(line))))",
    "  except ValueError as error: print(json.dumps(str(error)))",
  ].join("\n");
  const theirs = python.run(program, texts);
  for (const [index, text] of texts.entries()) {
    let ours: string[] | string;
    try {
      ours = splitWords(text);
    } catch (error) {
      assert.ok(error instanceof AppError && error.code === "usage");
      ours = error.message.replace(/ in the command .*$/s, "");
    }
    assert.deepEqual(ours, theirs[index], JSON.stringify(text));
  }
});

test("a size that was written out is read back, and no text makes it throw", () => {
  const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
  const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
  fc.assert(
    fc.property(fc.nat(9_000_000), unit, (count, name) => {
      assert.equal(parseByteSize(`${count}${name}`), count * units[name]);
    }),
    runs(300),
  );
  const almost = fc.string({ unit: fc.constantFrom(..."0123456789BkMGT .-+e_") });
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), almost), (text) => {
      for (const parse of [parseByteSize, parseDuration]) {
        const number = parse(text);
        assert.ok(number === undefined || (Number.isSafeInteger(number) && number >= 0));
      }
    }),
    runs(1_000),
  );
});

test("a process is read whatever its program is called", () => {
  const called = fc.string({ unit: fc.constantFrom(..."() \n\tab0SZ") });
  fc.assert(
    fc.property(
      called,
      fc.nat(99_999),
      fc.nat(99_999),
      fc.constantFrom("R", "S", "D", "T", "Z"),
      (comm, parent, group, state) => {
        const fields = [state, parent, group, 7, ...Array(15).fill(0), 12_345, 0, 0];
        const read = parseStat(`42 (${comm}) ${fields.join(" ")}\n`);
        const expected = { state, parent, group, session: 7, start: "12345" };
        assert.deepEqual(read, state === "Z" ? undefined : expected);
      },
    ),
    runs(500),
  );
});

test("no text makes reading processes throw, and rows of ps are read back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      parseStat(text);
      for (const { pid } of parseRows(text)) assert.ok(Number.isInteger(pid));
    }),
    runs(500),
  );
  const row = fc.tuple(
    fc.nat(99_999),
    fc.nat(99_999),
    fc.nat(99_999),
    fc.constantFrom("S", "Ss+", "R", "Z", "Z+"),
  );
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const start = "Sat Nov 21 06:29:48 2026";
      const text = rows.map(
        ([pid, parent, group, state]) => ` ${pid}  ${parent} ${group} ${state}   ${start}  `,
      );
      const expected = rows
        .filter(([, , , state]) => !state.startsWith("Z"))
        .map(([pid, parent, group]) => ({ pid, parent, group, start }));
      assert.deepEqual(parseRows(text.join("\n")), expected);
    }),
    runs(200),
  );
});
