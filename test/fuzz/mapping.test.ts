import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { agents } from "../../src/agents/index.ts";
import { formatMapping, parseMapping } from "../../src/stores/file/names/mapping-format.ts";
import { anyJson, jsonWith } from "../support/fuzz/json.ts";
import { runs } from "../support/fuzz/runs.ts";

const SHAPES = Object.values(agents).flatMap(({ mapping }) => mapping ?? []);
const shapes = fc.constantFrom(...SHAPES);
const id = fc.oneof(fc.string(), anyJson);
const entry = fc.oneof(
  anyJson,
  fc.string(),
  jsonWith({
    session_id: id,
    thread_id: id,
    created_at: anyJson,
    last_model: anyJson,
    last_reasoning_effort: anyJson,
  }),
);
const aliases = fc.oneof(
  anyJson,
  fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "toString")), entry),
);
const mapping = fc.oneof(anyJson, jsonWith({ aliases, workspace_dir: anyJson, x: entry }));

test("no bytes make reading a mapping throw", () => {
  fc.assert(
    fc.property(fc.uint8Array(), shapes, (bytes, shape) => {
      parseMapping(bytes, shape);
    }),
    runs(500),
  );
});

test("whatever JSON it is, a mapping is read or corrupt, and once written it reads and writes the same", () => {
  fc.assert(
    fc.property(mapping, shapes, (value, shape) => {
      const read = parseMapping(Buffer.from(JSON.stringify(value)), shape);
      if (read === undefined) return;
      const written = formatMapping(read, shape);
      const again = parseMapping(Buffer.from(written), shape);
      assert.ok(again, written);
      assert.equal(formatMapping(again, shape), written);
    }),
    runs(1_000),
  );
});

test("keys that we do not know survive, wherever they stand", () => {
  const ours = ["session_id", "thread_id", "created_at", "last_model", "last_reasoning_effort"];
  const others = (value: object, known: string[]) =>
    Object.entries(value).filter(([key]) => !known.includes(key));
  fc.assert(
    fc.property(jsonWith({ aliases: fc.dictionary(fc.string(), entry) }), shapes, (value, shape) => {
      if (value.aliases === undefined) return;
      const top = JSON.parse(JSON.stringify(value));
      const read = parseMapping(Buffer.from(JSON.stringify(value)), shape);
      assert.ok(read);
      const written = JSON.parse(formatMapping(read, shape));
      const sorted = (rows: [string, unknown][]) => rows.sort(([left], [right]) => (left < right ? -1 : 1));
      const known = ["aliases", "workspace_dir"];
      assert.deepEqual(sorted(others(written, known)), sorted(others(top, known)));
      assert.deepEqual(Object.keys(written.aliases).sort(), Object.keys(top.aliases).sort());
      for (const [name, before] of Object.entries(top.aliases)) {
        if (typeof before !== "object" || before === null || Array.isArray(before)) continue;
        const after: object = written.aliases[name];
        assert.deepEqual(sorted(others(after, ours)), sorted(others(before, ours)));
      }
    }),
    runs(500),
  );
});

test("a mapping nested deeper than anything can print is corrupt, and nothing overflows", () => {
  const deep = (levels: number) =>
    `{"aliases":{"x":{"session_id":"1","a":${"[".repeat(levels)}${"]".repeat(levels)}}}}`;
  for (const shape of SHAPES) {
    for (const levels of [1, 50, 400, 20_000, 200_000]) {
      const read = parseMapping(Buffer.from(deep(levels)), shape);
      if (read !== undefined) formatMapping(read, shape);
      assert.equal(read !== undefined, levels <= 50, String(levels));
    }
  }
});
