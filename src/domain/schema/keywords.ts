import { format } from "@cfworker/json-schema";
import { nearest } from "../nearest.ts";
import { isRecord } from "../shape.ts";

/** Returns why a keyword can't have this value; undefined when it can. */
type Check = (value: unknown) => string | undefined;

/** How the subschemas of a keyword are arranged in its value. */
type Below = "schema" | "list" | "map" | "items" | "dependencies";

interface Keyword {
  check?: Check;
  below?: Below;
}

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];

const text: Check = (value) => (typeof value === "string" ? undefined : "must be a string");
const flag: Check = (value) => (typeof value === "boolean" ? undefined : "must be true or false");
const number: Check = (value) => (Number.isFinite(value) ? undefined : "must be a number");
const count: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 0 ? undefined : "must be a whole number of at least 0";
const texts: Check = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
    ? undefined
    : "must be a list of strings";
const someList: Check = (value) =>
  Array.isArray(value) && value.length > 0 ? undefined : "must be a list with at least one element";
const map: Check = (value) => (isRecord(value) ? undefined : "must be an object");
const expression: Check = (value) => {
  if (typeof value !== "string") return "must be a string";
  try {
    new RegExp(value, "u");
    return undefined;
  } catch {
    return `is not a regular expression: ${JSON.stringify(value)}`;
  }
};
const expressions: Check = (value) =>
  map(value) ??
  Object.keys(value as object)
    .map(expression)
    .find((problem) => problem !== undefined);
const type: Check = (value) => {
  const types: unknown[] = Array.isArray(value) ? value : [value];
  const isGood = types.length > 0 && types.every((one) => typeof one === "string" && TYPES.includes(one));
  return isGood ? undefined : `is ${JSON.stringify(value)}; it must be of ${TYPES.join(", ")}`;
};
const known: Check = (value) =>
  typeof value === "string" && Object.hasOwn(format, value)
    ? undefined
    : `is ${JSON.stringify(value)}, which can't be checked; known are ${Object.keys(format).join(", ")}`;
const textLists: Check = (value) =>
  map(value) ??
  Object.values(value as object)
    .map(texts)
    .find((problem) => problem !== undefined);
const multiple: Check = (value) =>
  Number.isFinite(value) && Number(value) > 0 ? undefined : "must be a number above 0";
const limit: Check = (value) => (typeof value === "boolean" ? undefined : number(value));

/** The keywords that an answer can be checked against, and those that are only for people. */
const KEYWORDS = {
  $schema: { check: text },
  $id: { check: text },
  id: { check: text },
  $ref: { check: text },
  $anchor: { check: text },
  $comment: {},
  title: {},
  description: {},
  default: {},
  example: {},
  examples: {},
  deprecated: {},
  readOnly: {},
  writeOnly: {},
  $defs: { check: map, below: "map" },
  definitions: { check: map, below: "map" },
  type: { check: type },
  const: {},
  enum: { check: someList },
  not: { below: "schema" },
  allOf: { check: someList, below: "list" },
  anyOf: { check: someList, below: "list" },
  oneOf: { check: someList, below: "list" },
  if: { below: "schema" },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { below: "schema" },
  else: { below: "schema" },
  format: { check: known },
  pattern: { check: expression },
  minLength: { check: count },
  maxLength: { check: count },
  minimum: { check: number },
  maximum: { check: number },
  exclusiveMinimum: { check: limit },
  exclusiveMaximum: { check: limit },
  multipleOf: { check: multiple },
  properties: { check: map, below: "map" },
  patternProperties: { check: expressions, below: "map" },
  additionalProperties: { below: "schema" },
  unevaluatedProperties: { below: "schema" },
  propertyNames: { below: "schema" },
  minProperties: { check: count },
  maxProperties: { check: count },
  required: { check: texts },
  dependentRequired: { check: textLists },
  dependentSchemas: { check: map, below: "map" },
  dependencies: { check: map, below: "dependencies" },
  items: { below: "items" },
  prefixItems: { check: someList, below: "list" },
  additionalItems: { below: "schema" },
  unevaluatedItems: { below: "schema" },
  contains: { below: "schema" },
  minContains: { check: count },
  maxContains: { check: count },
  minItems: { check: count },
  maxItems: { check: count },
  uniqueItems: { check: flag },
} as const satisfies Record<string, Keyword>;

/** Keywords whose subschemas apply to the same value as the schema itself, not to a part of it. */
const IN_PLACE = ["not", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies"];

/** A schema inside a schema. */
export interface SubSchema {
  schema: unknown;
  /** A JSON pointer. */
  at: string;
  /** Whether it applies to the same value. */
  isInPlace: boolean;
}

/** Returns why a keyword can't be checked; undefined when it can. */
export function keywordProblem(keyword: string, value: unknown): string | undefined {
  // By an old convention, people's keywords for their own tools.
  if (keyword.startsWith("x-")) return undefined;
  const found = keywordOf(keyword);
  if (found !== undefined) return found.check?.(value);
  const meant = nearest(keyword, Object.keys(KEYWORDS));
  return `can't be checked${meant === undefined ? "" : `. Did you mean ${meant}?`}`;
}

export function* schemasBelow(keyword: string, value: unknown, at: string): Generator<SubSchema> {
  const below = keywordOf(keyword)?.below;
  if (below === undefined) return;
  const isInPlace = IN_PLACE.includes(keyword);
  const isList = below === "list" || (below === "items" && Array.isArray(value));
  if (isList) {
    for (const [index, schema] of (value as unknown[]).entries())
      yield { schema, at: `${at}/${index}`, isInPlace };
  } else if (below === "map" || below === "dependencies") {
    for (const [name, schema] of Object.entries(value as object)) {
      if (below === "dependencies" && Array.isArray(schema)) continue;
      yield { schema, at: `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, isInPlace };
    }
  } else yield { schema: value, at, isInPlace };
}

function keywordOf(keyword: string): Keyword | undefined {
  return Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword as keyof typeof KEYWORDS] : undefined;
}
