import { type OutputUnit, Validator } from "@cfworker/json-schema";
import { isRecord } from "../shape.ts";
import type { CheckedSchema } from "./check.ts";

/** Errors that only lead to the error with the actual reason. */
const LEADING = [
  "$ref",
  "if",
  "allOf",
  "properties",
  "patternProperties",
  "additionalProperties",
  "unevaluatedProperties",
  "dependentSchemas",
  "items",
  "prefixItems",
  "additionalItems",
  "unevaluatedItems",
];

const LONGEST = 200;

/**
 * Returns the first difference between a value and the schema, as a place and a reason; undefined when the
 * value fits.
 */
export function mismatchOf({ schema, draft }: CheckedSchema, value: unknown): string | undefined {
  let errors: OutputUnit[];
  try {
    ({ errors } = new Validator(schema, draft).validate(value));
  } catch (error) {
    // The value is nested too deeply for the stack.
    return `it can't be checked (${error instanceof Error ? error.message : String(error)})`;
  }
  const telling = errors.find(({ keyword }) => !LEADING.includes(keyword)) ?? errors[0];
  if (telling === undefined) return undefined;
  const { instanceLocation: at, keyword, error } = telling;
  if (keyword !== "required") return clip(`${placeOf(at, value)} ${reasonOf(telling)}`);
  const name = /"(.*)"/s.exec(error)?.[1] ?? "";
  return clip(
    `${placeOf(`${at}/${encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))}`, value)} is missing`,
  );
}

function reasonOf({ keyword, error }: OutputUnit): string {
  switch (keyword) {
    case "false":
      return "is not allowed";
    case "type":
      return `is not ${(/Expected "(.*)"\.$/.exec(error)?.[1] ?? "").replaceAll('", "', " or ")}`;
    case "const":
      return `is not ${error.slice("Instance does not match ".length, -1)}`;
    case "enum":
      return `is none of ${error.slice("Instance does not match any of ".length, -1)}`;
    case "anyOf":
      return "matches none of the alternatives";
    case "not":
      return "matches a schema that it must not match";
    default:
      return `is wrong: ${error.replace(/\.$/, "")}`;
  }
}

/** Formats a place as programs write it: `people[2].name`. */
function placeOf(pointer: string, value: unknown): string {
  let at = value;
  let place = "";
  for (const part of pointer.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    const isSimple = /^[\p{L}\p{N}_$-]+$/u.test(name);
    if (Array.isArray(at)) place += `[${name}]`;
    else if (!isSimple) place += `[${JSON.stringify(name)}]`;
    else place += place === "" ? name : `.${name}`;
    at = Array.isArray(at) || isRecord(at) ? (at as Record<string, unknown>)[name] : undefined;
  }
  return place === "" ? "the value" : place;
}

function clip(words: string): string {
  return words.length <= LONGEST ? words : `${words.slice(0, LONGEST).toWellFormed()}…`;
}
