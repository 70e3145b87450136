import fc from "fast-check";

/** JSON values with keys that objects have of their own, which a careless look-up would find everywhere. */
const keys = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "valueOf",
    "toJSON",
    "length",
    "name",
    "at",
    "op",
    "",
  ),
  fc.string({ unit: "binary", maxLength: 8 }),
);

export const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false, 0, -1, 1e308, "", "set", "remove", "2026-11-21T06:29:48Z"),
    fc.string({ unit: "binary" }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 5 }),
  ),
})).value;

/** An object of any JSON, with these keys and values beside it. */
export function jsonWith(
  fields: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<Record<string, unknown>> {
  const some = fc.record(fields, { requiredKeys: [] });
  return fc
    .tuple(fc.dictionary(keys, anyJson, { maxKeys: 3 }), some)
    .map(([others, own]) => ({ ...others, ...own }));
}
