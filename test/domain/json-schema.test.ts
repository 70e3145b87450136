import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { schemaMismatch } from "../../src/domain/json-schema.ts";

const person = {
  type: "object",
  properties: {
    name: { type: "string" },
    age: { type: "integer" },
    tags: { type: "array", items: { enum: ["a", "b"] } },
    boss: { anyOf: [{ $ref: "#" }, { type: "null" }] },
  },
  required: ["name"],
  additionalProperties: false,
};

const CASES: [unknown, unknown, string | undefined][] = [
  [person, { name: "x" }, undefined],
  [person, { name: "x", age: 3, tags: ["a"], boss: { name: "y", boss: null } }, undefined],
  [person, {}, "name is missing"],
  [person, [], "the value is not object"],
  [person, null, "the value is not object"],
  [person, { name: 1 }, "name is not string"],
  [person, { name: "x", age: 1.5 }, "age is not integer"],
  [person, { name: "x", more: 1 }, "more is not in the schema"],
  [person, { name: "x", tags: ["a", "c"] }, 'tags[1] is none of ["a","b"]'],
  [person, { name: "x", boss: { name: 2 } }, "boss fits none of the alternatives"],
  [{ type: ["string", "null"] }, null, undefined],
  [{ type: ["string", "null"] }, 1, "the value is not string or null"],
  [{ const: { a: [1] } }, { a: [1] }, undefined],
  [{ const: { a: [1] } }, { a: [2] }, 'the value is not {"a":[1]}'],
  [{ $ref: "#/$defs/x~1y", $defs: { "x/y": { type: "number" } } }, "no", "the value is not number"],
  [{ allOf: [{ required: ["a"] }, { required: ["b"] }] }, { a: 1 }, "b is missing"],
  [{ additionalProperties: { type: "number" } }, { a: "x" }, "a is not number"],
  [{ type: "object", required: ["toString"] }, {}, "toString is missing"],
  [true, 1, undefined],
  [{ minLength: 99 }, "short", undefined],
];

for (const [schema, value, expected] of CASES) {
  test(`schema: ${JSON.stringify(value)} in ${JSON.stringify(schema).slice(0, 60)}`, () => {
    assert.equal(schemaMismatch(schema, value), expected);
  });
}

test("a value fits its own constant, and no schema makes it throw or run for ever", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (schema, value) => {
      assert.equal(schemaMismatch({ const: value }, value), undefined);
      schemaMismatch(schema, value);
    }),
  );
  const endless = { $ref: "#" };
  assert.equal(schemaMismatch(endless, 1), undefined);
});
