/**
 * The first thing in which a value differs from a JSON Schema, as a path and a reason; undefined when it fits.
 *
 * It knows what models can be held to: `type`, `properties`, `required`, `additionalProperties: false`, `items`,
 * `enum`, `const`, `anyOf`, `oneOf`, `allOf` and `$ref` within the schema. What else a schema says is taken as met.
 */
export function schemaMismatch(schema: unknown, value: unknown): string | undefined {
  return mismatch({ root: schema, depth: 0 }, schema, value, "");
}

interface Around {
  root: unknown;
  depth: number;
}

/** Deeper than any answer; a schema that refers to itself ends here. */
const DEEPEST = 200;

function mismatch(around: Around, schema: unknown, value: unknown, path: string): string | undefined {
  if (schema === false) return `${path || "the value"} must not be there`;
  if (!isRecord(schema) || around.depth > DEEPEST) return undefined;
  const deeper = { ...around, depth: around.depth + 1 };
  if (typeof schema.$ref === "string") {
    const target = resolve(around.root, schema.$ref);
    if (target !== undefined) return mismatch(deeper, target, value, path);
  }
  const where = path || "the value";
  if (schema.type !== undefined) {
    const types: unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
    if (!types.some((type) => hasType(value, type))) return `${where} is not ${types.join(" or ")}`;
  }
  if ("const" in schema && !isEqual(schema.const, value))
    return `${where} is not ${JSON.stringify(schema.const)}`;
  if (Array.isArray(schema.enum) && !schema.enum.some((one) => isEqual(one, value)))
    return `${where} is none of ${JSON.stringify(schema.enum)}`;
  for (const part of listOf(schema.allOf)) {
    const found = mismatch(deeper, part, value, path);
    if (found !== undefined) return found;
  }
  for (const choice of [listOf(schema.anyOf), listOf(schema.oneOf)]) {
    if (choice.length > 0 && choice.every((one) => mismatch(deeper, one, value, path) !== undefined))
      return `${where} fits none of the alternatives`;
  }
  if (Array.isArray(value)) return mismatchOfItems(deeper, schema, value, path);
  return isRecord(value) ? mismatchOfProperties(deeper, schema, value, path) : undefined;
}

function mismatchOfItems(
  around: Around,
  schema: Record<string, unknown>,
  values: readonly unknown[],
  path: string,
): string | undefined {
  for (const [at, value] of values.entries()) {
    const found = mismatch(around, schema.items, value, `${path}[${at}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mismatchOfProperties(
  around: Around,
  schema: Record<string, unknown>,
  value: Record<string, unknown>,
  path: string,
): string | undefined {
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  for (const name of listOf(schema.required)) {
    if (typeof name === "string" && !Object.hasOwn(value, name)) return `${below(name)} is missing`;
  }
  const properties = isRecord(schema.properties) ? schema.properties : {};
  for (const [name, child] of Object.entries(value)) {
    const isKnown = Object.hasOwn(properties, name);
    if (!isKnown && schema.additionalProperties === false) return `${below(name)} is not in the schema`;
    const found = mismatch(
      around,
      isKnown ? properties[name] : schema.additionalProperties,
      child,
      below(name),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function resolve(root: unknown, reference: string): unknown {
  if (!reference.startsWith("#")) return undefined;
  let target = root;
  for (const part of reference.split("/").slice(1)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    target = isRecord(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return target;
}

function hasType(value: unknown, type: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((one, at) => isEqual(one, right[at]));
  if (!isRecord(left) || !isRecord(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => isEqual(left[key], right[key]));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
