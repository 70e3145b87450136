import assert from "node:assert/strict";
import { appendFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { applyEdits, editsOf, recentEdits, replay, replayShown, timeOf } from "../../src/domain/names/log.ts";
import type { NameEdit, NameTable } from "../../src/domain/names/name.ts";
import { TimesOfUse } from "../../src/stores/file/names/times-of-use.ts";
import { AppendLog } from "../../src/system/lines/append-log.ts";
import { anyJson, jsonWith } from "../support/fuzz/json.ts";
import { runs } from "../support/fuzz/runs.ts";
import { tempFolder } from "../support/temp-folder.ts";

const name = fc.constantFrom("a", "b", "c", "__proto__", "toString");
const sessionId = fc.constantFrom("1", "2", "3");
const edit: fc.Arbitrary<NameEdit> = fc.oneof(
  fc.record({
    op: fc.constant("set" as const),
    entry: fc.record({ name, sessionId }),
    reason: fc.constantFrom("create" as const, "replace" as const, "another tool" as const),
    view: fc.constantFrom("view", "other"),
  }),
  fc.record({ op: fc.constant("remove" as const), name, reason: fc.constant("remove" as const) }),
  fc.record({ op: fc.constant("reserve" as const), name, turnId: fc.string() }),
  fc.record({ op: fc.constant("unreserve" as const), name }),
  fc.record({ op: fc.constant("used" as const), name, usedAt: fc.constant("2026-11-21T06:29:48Z") }),
);
const line = fc.record({
  at: fc.constantFrom("2026-11-21T06:29:48Z", "2026-11-22T06:29:48Z"),
  edits: fc.array(edit, { maxLength: 4 }),
});
const foreign = fc.oneof(
  anyJson,
  jsonWith({
    at: anyJson,
    edits: fc.array(
      fc.oneof(
        anyJson,
        jsonWith({
          op: fc.constantFrom("set", "remove", "used", "reserve", "new"),
          entry: anyJson,
          name: anyJson,
        }),
      ),
    ),
  }),
);
const plain = ({ entries, reserved }: NameTable) => JSON.stringify([[...entries], [...reserved]]);

test("no lines make a name log throw", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(line, foreign)), fc.nat(10), (values, shown) => {
      const lines: unknown[] = JSON.parse(JSON.stringify(values));
      for (const { name: key } of replay(lines).entries.values()) assert.equal(typeof key, "string");
      replayShown(lines, shown, "view");
      const sinceMs = Date.parse("2026-11-22T00:00:00Z");
      recentEdits(lines, { sinceMs, untilMs: sinceMs + 10_000 }, "view");
    }),
    runs(1_000),
  );
});

test("a time that is no text is none", () => {
  assert.ok(Number.isNaN(timeOf({ at: { toString: 1, valueOf: 1 } })));
  assert.ok(Number.isNaN(timeOf({ at: 2026 })));
  assert.equal(timeOf({ at: "1970-01-01T00:00:01Z" }), 1_000);
});

test("one log after another adds up to both, however they are cut", () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(line), (first, second) => {
      const whole = replay([...first, ...second]);
      assert.deepEqual(plain(applyEdits(replay(first), editsOf(second))), plain(whole));
      assert.deepEqual(
        [...replayShown([...first, ...second], first.length + second.length, "view")],
        [...whole.entries],
      );
    }),
    runs(500),
  );
});

test("what others wrote between the lines, and lines that a crash tore, change nothing", (t) => {
  const path = join(tempFolder(t), "log");
  const torn = fc.tuple(line, fc.double({ min: 0, max: 0.999, noNaN: true })).map(([value, part]) => {
    const text = JSON.stringify(value);
    return text.slice(0, Math.floor(text.length * part));
  });
  const noise = fc.oneof(torn, fc.constantFrom("", "{", "null", "7", '"x"', "}", "\u2028", "{}{}"));
  fc.assert(
    fc.property(fc.array(fc.tuple(line, noise)), (pairs) => {
      writeFileSync(path, `${JSON.stringify({ v: 1, kind: "names" })}\n`);
      for (const [value, between] of pairs) appendFileSync(path, `${JSON.stringify(value)}\n${between}\n`);
      const { values } = new AppendLog(path, { v: 1, kind: "names" }).read();
      assert.deepEqual(plain(replay(values)), plain(replay(pairs.map(([value]) => value))));
    }),
    runs(200),
  );
});

test("after a torn end the next append is whole", (t) => {
  const path = join(tempFolder(t), "log");
  fc.assert(
    fc.property(line, line, fc.nat(300), (first, second, cut) => {
      const header = `${JSON.stringify({ v: 1, kind: "names" })}\n`;
      const text = JSON.stringify(first);
      writeFileSync(path, header + text.slice(0, Math.min(cut, text.length - 1)));
      const log = new AppendLog(path, { v: 1, kind: "names" });
      log.append([second]);
      assert.deepEqual(plain(replay(log.read().values)), plain(replay([second])));
      assert.equal(JSON.stringify(log.last()), JSON.stringify(second));
    }),
    runs(200),
  );
});

/** What may happen to a log between two looks at it. */
type Happening = { kind: "append" | "torn" | "close" | "anew" | "over"; text: string };

const whole = fc.array(line, { minLength: 1, maxLength: 3 }).map((values) => ({
  kind: "append" as const,
  text: values.map((value) => `${JSON.stringify(value)}\n`).join(""),
}));
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: whole },
  fc.tuple(line, fc.nat(300)).map(([value, length]) => ({
    kind: "torn" as const,
    text: JSON.stringify(value).slice(0, length),
  })),
  fc.constant({ kind: "close" as const, text: "\n" }),
  fc
    .tuple(whole, fc.constantFrom("anew" as const, "over" as const))
    .map(([{ text }, kind]) => ({ kind, text })),
);

test("who has read a log before reads of it what anybody does, whatever happens to it meanwhile", (t) => {
  const path = join(tempFolder(t), "log");
  const header = { v: 1, kind: "names" };
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 12 }), (happenings) => {
      const opening = `${JSON.stringify(header)}\n`;
      writeFileSync(path, opening);
      const reader = new AppendLog(path, header);
      for (const { kind, text } of happenings) {
        if (kind === "anew") {
          writeFileSync(`${path}.new`, opening + text);
          renameSync(`${path}.new`, path);
        } else if (kind === "over") writeFileSync(path, opening + text);
        else appendFileSync(path, text);
        assert.deepEqual(reader.read(), new AppendLog(path, header).read());
      }
    }),
    runs(200),
  );
});

test("one name is found among the lines that speak of it as among all", (t) => {
  const path = join(tempFolder(t), "log");
  const header = { v: 1, kind: "names" };
  const odd = fc.oneof(name, fc.constantFrom('"', "\\", "at", "edits", "é", "\u2028", "names", "1"));
  const oddEdit = fc.oneof(
    edit,
    fc.record({ op: fc.constant("set"), entry: fc.record({ name: odd, sessionId: odd }) }),
    fc.record({ op: fc.constant("remove"), name: odd, renamedTo: odd }),
  );
  const lines = fc.array(fc.record({ at: fc.constant("x"), edits: fc.array(oddEdit, { maxLength: 4 }) }));
  fc.assert(
    // The log is read in parts of 64 kB, and a line may be longer.
    fc.property(lines, odd, fc.integer({ min: 65_000, max: 66_000 }), (some, wanted, length) => {
      const long = { at: "x".repeat(length), edits: [] };
      const values = [long, ...some, long, long, ...some];
      writeFileSync(path, [header, ...values].map((value) => `${JSON.stringify(value)}\n`).join(""));
      const log = new AppendLog(path, header);
      const found = log.search(JSON.stringify(wanted), 0);
      assert.equal(found?.bytes, statSync(path).size);
      assert.deepEqual(
        replay(found?.values ?? []).entries.get(wanted),
        replay(log.read().values).entries.get(wanted),
      );
    }),
    runs(300),
  );
});

test("whatever is in the file of uses, it tells times of names and changes nothing else", (t) => {
  const path = join(tempFolder(t), "used");
  const usedAt = fc.constantFrom("2026-11-21T06:29:48.000Z", "2026-11-22T06:29:48.000Z", "never", "");
  const use = fc.record({ name, sessionId, usedAt });
  const strange = jsonWith({
    name: fc.oneof(name, anyJson),
    sessionId: fc.oneof(sessionId, anyJson),
    usedAt: anyJson,
  });
  const text = fc.oneof(
    { weight: 4, arbitrary: fc.oneof(use, strange, anyJson).map((value) => JSON.stringify(value)) },
    use.map((value) => JSON.stringify(value).slice(0, -3)),
    fc.constantFrom("", "{", "\u2028", '{"v":1,"kind":"used"}', "\0\0\0"),
  );
  const HEADER = '{"v":1,"kind":"used"}';
  const content = fc.oneof(
    fc.array(text, { maxLength: 20 }),
    fc.array(text, { maxLength: 20 }).map((texts) => [HEADER, ...texts]),
  );
  const withoutTimes = ({ entries, reserved, moved }: NameTable) =>
    JSON.stringify([
      [...entries].map(([key, { usedAt: _, ...entry }]) => [key, entry]),
      [...reserved],
      [...moved],
    ]);
  fc.assert(
    fc.property(fc.array(line), content, fc.array(use), (lines, texts, added) => {
      writeFileSync(path, texts.join("\n"));
      const names = replay(lines);
      const uses = new TimesOfUse(path);
      for (const { name: of, usedAt: at } of added) {
        uses.add([{ op: "used", name: of, usedAt: at }], names);
        const isTold = names.entries.has(of) && texts[0] === HEADER;
        for (const told of [
          uses.addTo(names),
          new TimesOfUse(path).addTo(names),
          new TimesOfUse(path).addTo(names, of),
        ]) {
          assert.equal(withoutTimes(told), withoutTimes(names));
          if (isTold) assert.equal(told.entries.get(of)?.usedAt, at);
        }
      }
    }),
    runs(300),
  );
});
