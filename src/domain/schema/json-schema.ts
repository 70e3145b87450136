import { checkSchema } from "./check.ts";
import { mismatchOf } from "./mismatch.ts";

/** Why no answer can be held to all of a schema; undefined when one can. */
export function schemaProblem(schema: unknown): string | undefined {
  const checked = checkSchema(schema);
  return "problem" in checked ? checked.problem : undefined;
}

/** The first thing in which a value differs from a JSON Schema, as a place and a reason; undefined when it fits. */
export function schemaMismatch(schema: unknown, value: unknown): string | undefined {
  const checked = checkSchema(schema);
  // Asked for with an earlier version, which did not look.
  if ("problem" in checked) return `the schema can't be checked: ${checked.problem}`;
  return mismatchOf(checked, value);
}
