import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { schemaMismatch, schemaProblem } from "../../../src/domain/schema/json-schema.ts";

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

const DRAFT_4 = "http://json-schema.org/draft-04/schema#";
const DRAFT_7 = "http://json-schema.org/draft-07/schema#";

const CASES: [unknown, unknown, string | RegExp | undefined][] = [
  [person, { name: "x" }, undefined],
  [person, { name: "x", age: 3, tags: ["a"], boss: { name: "y", boss: null } }, undefined],
  [person, {}, "name is missing"],
  [person, [], "the value is not object"],
  [person, null, "the value is not object"],
  [person, { name: 1 }, "name is not string"],
  [person, { name: "x", age: 1.5 }, "age is not integer"],
  [person, { name: "x", more: 1 }, "more is not allowed"],
  [person, { name: "x", tags: ["a", "c"] }, 'tags[1] is none of ["a","b"]'],
  [person, { name: "x", boss: { name: 2 } }, "boss matches none of the alternatives"],
  [{ type: ["string", "null"] }, null, undefined],
  [{ type: ["string", "null"] }, 1, "the value is not string or null"],
  [{ const: { a: [1] } }, { a: [1] }, undefined],
  [{ const: { a: [1] } }, { a: [2] }, 'the value is not {"a":[1]}'],
  [{ const: null }, 1, "the value is not null"],
  [{ $ref: "#/$defs/x~1y", $defs: { "x/y": { type: "number" } } }, "no", "the value is not number"],
  [{ allOf: [{ required: ["a"] }, { required: ["b"] }] }, { a: 1 }, "b is missing"],
  [{ additionalProperties: { type: "number" } }, { a: "x" }, "a is not number"],
  [{ properties: { "a b": { items: { type: "number" } } } }, { "a b": [true] }, '["a b"][0] is not number'],
  [{ type: "object", required: ["toString"] }, {}, "toString is missing"],
  // What the models of agents are not kept to while they write.
  [{ minLength: 9 }, "short", "the value is wrong: String is too short (5 < 9)"],
  [{ maxLength: 1 }, "💥", undefined],
  [{ pattern: "^a+$" }, "ab", "the value is wrong: String does not match pattern"],
  [{ format: "date" }, "2026-02-30", 'the value is wrong: String does not match format "date"'],
  [{ minimum: 2 }, 1, "the value is wrong: 1 is less than 2"],
  [{ exclusiveMaximum: 2 }, 2, "the value is wrong: 2 is greater than or equal to 2"],
  [{ multipleOf: 0.1 }, 0.3, undefined],
  [{ multipleOf: 2 }, 3, "the value is wrong: 3 is not a multiple of 2"],
  [{ minItems: 1 }, [], "the value is wrong: Array has too few items (0 < 1)"],
  [{ uniqueItems: true }, [{ a: 1 }, { a: 1 }], "the value is wrong: Duplicate items at indexes 0 and 1"],
  [{ contains: { const: 1 } }, [2], "the value is wrong: Array does not contain item matching schema"],
  [{ prefixItems: [{ type: "string" }], items: false }, ["a", 1], "[1] is not allowed"],
  [{ items: [{ type: "string" }], additionalItems: false }, ["a", 1], "[1] is not allowed"],
  [{ not: { type: "string" } }, "x", "the value matches a schema that it must not match"],
  [{ oneOf: [{ type: "number" }, { minimum: 0 }] }, 3, /exactly one subschema \(2 matches\)/],
  [{ patternProperties: { "^x": { type: "number" } } }, { xy: "no" }, "xy is not number"],
  [{ propertyNames: { maxLength: 1 } }, { ab: 1 }, /"ab" does not match/],
  [{ minProperties: 2 }, { a: 1 }, /at least 2/],
  [{ dependentRequired: { a: ["b"] } }, { a: 1 }, /has "a" but does not have "b"/],
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  [{ if: { required: ["a"] }, then: { required: ["b"] } }, { a: 1 }, "b is missing"],
  [{ properties: { a: true }, unevaluatedProperties: false }, { a: 1, b: 1 }, "b is not allowed"],
  [{ $schema: DRAFT_4, maximum: 2, exclusiveMaximum: true }, 2, /greater than or equal/],
  [{ $schema: DRAFT_7, $ref: "#/definitions/a", definitions: { a: { const: 1 } } }, 2, "the value is not 1"],
];

for (const [schema, value, expected] of CASES) {
  test(`schema: ${JSON.stringify(value)} in ${JSON.stringify(schema).slice(0, 60)}`, () => {
    assert.equal(schemaProblem(structuredClone(schema)), undefined);
    const told = schemaMismatch(schema, value);
    if (expected instanceof RegExp) assert.match(String(told), expected);
    else assert.equal(told, expected);
  });
}

const REFUSED: [unknown, RegExp][] = [
  [true, /^it is not a JSON object$/],
  [{ $schema: "https://example.com/mine" }, /"https:\/\/example\.com\/mine", is not known/],
  [{ minLenght: 3 }, /^#\/minLenght can't be checked\. Did you mean minLength\?$/],
  [{ nullable: true }, /^#\/nullable can't be checked$/],
  [{ contentEncoding: "base64" }, /contentEncoding can't be checked/],
  [{ properties: { a: { $dynamicRef: "#x" } } }, /^#\/properties\/a\/\$dynamicRef can't be checked/],
  [{ constructor: {} }, /#\/constructor can't be checked/],
  [{ type: "strng" }, /#\/type is "strng"; it must be of array, /],
  [{ pattern: "(" }, /#\/pattern is not a regular expression: "\("/],
  [{ patternProperties: { "[": {} } }, /not a regular expression/],
  [{ format: "int32" }, /#\/format is "int32", which can't be checked; known are date, /],
  [{ enum: [] }, /#\/enum must be a list/],
  [{ minItems: -1 }, /#\/minItems must be a whole number/],
  [{ multipleOf: 0 }, /above 0/],
  [{ required: "a" }, /#\/required must be a list of strings/],
  [{ properties: [] }, /#\/properties must be an object/],
  [{ anyOf: [{}, "x"] }, /#\/anyOf\/1 is not a schema/],
  [{ $ref: "#/$defs/no" }, /#\/\$ref is "#\/\$defs\/no", which is not in the schema/],
  [{ $ref: "https://example.com/x.json" }, /which is not in the schema/],
  [{ $ref: "#/enum/0", enum: [{}] }, /which is not in the schema/],
  [{ $ref: "#" }, /^it refers to itself endlessly$/],
  [{ $ref: "#/$defs/a", $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }] } } }, /refers to itself endlessly/],
  [{ id: "x" }, /only in draft 4. Did you mean \$id\?/],
  [{ exclusiveMinimum: true, minimum: 1 }, /#\/exclusiveMinimum must be a number/],
  [{ additionalItems: false }, /has no effect without a list of items/],
  [{ $schema: DRAFT_7, $ref: "#/definitions/a", minLength: 3, definitions: { a: {} } }, /next to a \$ref/],
];

for (const [schema, problem] of REFUSED) {
  test(`no answer can be held to all of ${JSON.stringify(schema).slice(0, 70)}`, () => {
    assert.match(String(schemaProblem(schema)), problem);
    assert.match(
      String(schemaMismatch(schema, 1)),
      /^the schema can't be checked: /,
      "and none is said to fit",
    );
  });
}

test("a value fits its own constant, and no schema makes it throw or run for ever", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (schema, value) => {
      assert.equal(schemaMismatch({ const: structuredClone(value) }, value), undefined);
      schemaProblem(schema);
      schemaMismatch(schema, value);
    }),
  );
  const chain = { properties: { next: { $ref: "#" } } };
  let deep: unknown = 1;
  for (let at = 0; at < 20_000; at += 1) deep = { next: deep };
  assert.match(schemaMismatch(chain, deep) ?? "fits", /can't be checked|fits/);
});
