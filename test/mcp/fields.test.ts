import assert from "node:assert/strict";
import test from "node:test";
import { type Field, givenOf, problemIn, schemaOf } from "../../src/mcp/fields.ts";

const fields: readonly Field[] = [
  { name: "name", type: "string", isRequired: true, description: "Whose." },
  { name: "access", type: "string", choices: ["read-only", "edit"], description: "How much." },
  { name: "wait_ms", type: "integer", least: 0, description: "How long." },
  { name: "all", type: "boolean", description: "All." },
];

test("the schema says what is needed, and that nothing else is taken", () => {
  assert.deepEqual(schemaOf(fields), {
    type: "object",
    properties: {
      name: { type: "string", description: "Whose." },
      access: { type: "string", description: "How much.", enum: ["read-only", "edit"] },
      wait_ms: { type: "integer", description: "How long.", minimum: 0 },
      all: { type: "boolean", description: "All." },
    },
    required: ["name"],
    additionalProperties: false,
  });
});

const CASES: readonly [string, Record<string, unknown>, RegExp | undefined][] = [
  ["all that is needed", { name: "x" }, undefined],
  ["everything", { name: "x", access: "edit", wait_ms: 0, all: true }, undefined],
  ["an argument that nothing knows", { name: "x", acess: "edit" }, /no argument "acess".*mean "access"/],
  ["one that resembles none", { name: "x", zzz: 1 }, /no argument "zzz".*name, access, wait_ms, all/],
  ["nothing", {}, /"name" is missing/],
  ["null", { name: null }, /"name" is null, which is no string/],
  ["a number as a name", { name: 7 }, /"name" is 7, which is no string/],
  ["a choice that there is not", { name: "x", access: "all" }, /"all"; it must be one of read-only, edit/],
  ["half a millisecond", { name: "x", wait_ms: 0.5 }, /0.5, which is no integer/],
  ["less than nothing", { name: "x", wait_ms: -1 }, /-1; the least is 0/],
  ["a huge number", { name: { x: "y".repeat(9_000) } }, /^.{1,260}…, which is no string/],
  ["a word that no command line can carry", { name: "a\0b" }, /zero byte/],
  ["a word for a truth", { name: "x", all: "yes" }, /"yes", which is no boolean/],
];

for (const [what, args, problem] of CASES) {
  test(`arguments: ${what}`, () => {
    const { message, hint } = problemIn(fields, args) ?? {};
    if (problem === undefined) assert.equal(message, undefined);
    else assert.match(`${message} ${hint}`, problem);
  });
}

test("null is no argument: models leave one out by it", () => {
  assert.deepEqual(givenOf({ name: "x", access: null, all: false }), { name: "x", all: false });
});
