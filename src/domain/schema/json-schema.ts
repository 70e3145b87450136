import { checkSchema } from "./check.ts";
import { mismatchOf } from "./mismatch.ts";

/** Returns why no answer can be checked against the whole schema; undefined when one can. */
export function schemaProblem(schema: unknown): string | undefined {
  const checked = checkSchema(schema);
  return "problem" in checked ? checked.problem : undefined;
}

/**
 * Returns the first difference between a value and a JSON Schema, as a place and a reason; undefined when the
 * value fits.
 */
export function schemaMismatch(schema: unknown, value: unknown): string | undefined {
  const checked = checkSchema(schema);
  // An earlier version accepted this schema without a check.
  if ("problem" in checked) return `the schema can't be checked: ${checked.problem}`;
  return mismatchOf(checked, value);
}
