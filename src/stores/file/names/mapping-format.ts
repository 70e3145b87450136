import type { MappingShape } from "../../../domain/agent/agent.ts";
import type { NameEntry } from "../../../domain/names/name.ts";

/** A mapping file of the original scripts: the names, and all other content, which is kept unchanged. */
export interface Mapping {
  workspace: string;
  /** Whether the names are under `aliases`; the older format has them at the top level. */
  isModern: boolean;
  entries: Map<string, NameEntry>;
  /** Entries without an id of this agent, unchanged. */
  strangers: Record<string, unknown>;
  /** Top-level keys that the original scripts do not know, unchanged. */
  rest: Record<string, unknown>;
}

type JsonObject = Record<string, unknown>;

/**
 * How deep a file may be nested. A much deeper file can be read, but writing it again would overflow the
 * stack, and Python fails to read more than a thousand levels.
 */
const DEEPEST = 200;
const EFFORT_KEY = "last_reasoning_effort";

/**
 * Parses a mapping file by the rules of the original scripts: strict JSON in UTF-8 without a byte order mark,
 * in the modern format or the older one without `aliases`. Returns undefined when it is corrupt, or nested
 * too deeply.
 */
export function parseMapping(bytes: Uint8Array, shape: MappingShape): Mapping | undefined {
  const top = parseObject(bytes);
  if (top === undefined) return undefined;
  const { workspace_dir: workspace, aliases, ...others } = top;
  const isModern = isObject(aliases);
  const mapping: Mapping = {
    workspace: typeof workspace === "string" ? workspace : "",
    isModern,
    entries: new Map(),
    strangers: emptyObject(),
    rest: isModern ? others : {},
  };
  for (const [name, value] of Object.entries(isModern ? aliases : others)) {
    const entry = parseEntry(name, value, shape);
    if (entry === undefined) defineKey(mapping.strangers, name, value);
    else mapping.entries.set(name, entry);
    if (entry?.foreign !== undefined && isTooDeep(entry.foreign)) return undefined;
  }
  return isTooDeep(mapping.strangers) || isTooDeep(mapping.rest) ? undefined : mapping;
}

function parseEntry(name: string, value: unknown, shape: MappingShape): NameEntry | undefined {
  const fields: JsonObject =
    typeof value === "string" ? { [shape.idKey]: value } : isObject(value) ? value : {};
  const { [shape.idKey]: id, created_at: createdAt, last_model: model, ...others } = fields;
  if (typeof id !== "string" || id.trim() === "") return undefined;
  const entry: NameEntry = { name, sessionId: id };
  if (createdAt !== undefined && createdAt !== null) entry.createdAt = textOf(createdAt);
  if (typeof model === "string" && model !== "") entry.lastModel = model;
  const { [EFFORT_KEY]: effort, ...foreign } = others;
  const rest: JsonObject = shape.hasEffort ? foreign : others;
  if (shape.hasEffort && typeof effort === "string" && effort !== "") entry.lastEffort = effort;
  if (Object.keys(rest).length > 0) entry.foreign = rest;
  return entry;
}

/**
 * Formats a mapping with the same bytes as Python's `json.dumps(indent=2, sort_keys=True,
 * ensure_ascii=False)`.
 */
export function formatMapping(mapping: Mapping, shape: MappingShape): string {
  const aliases = emptyObject();
  for (const [name, value] of Object.entries(mapping.strangers)) defineKey(aliases, name, value);
  for (const entry of mapping.entries.values()) defineKey(aliases, entry.name, fieldsOf(entry, shape));
  const top: JsonObject = { ...mapping.rest, aliases, workspace_dir: mapping.workspace };
  return `${formatValue(top, "")}\n`;
}

function fieldsOf(entry: NameEntry, shape: MappingShape): JsonObject {
  const fields: JsonObject = { ...entry.foreign, [shape.idKey]: entry.sessionId };
  if (entry.createdAt !== undefined) fields.created_at = entry.createdAt;
  if (entry.lastModel !== undefined) fields.last_model = entry.lastModel;
  if (shape.hasEffort && entry.lastEffort !== undefined) fields[EFFORT_KEY] = entry.lastEffort;
  return fields;
}

function formatValue(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((item) => inner + formatValue(item, inner)).join(",\n")}\n${indent}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort(compareCodePoints);
  if (keys.length === 0) return "{}";
  const lines = keys.map((key) => `${inner}${JSON.stringify(key)}: ${formatValue(value[key], inner)}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

/**
 * Orders by Unicode code point, as Python does. JavaScript compares UTF-16 units, which puts an emoji before
 * U+FFFD.
 */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    // Surrogates stand for code points above all other units.
    if (a !== b) return (isSurrogate(a) ? a + 0x10000 : a) - (isSurrogate(b) ? b + 0x10000 : b);
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function parseObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
    );
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Stops at the limit: content of other tools may be anything. */
function isTooDeep(value: unknown, left = DEEPEST): boolean {
  if (typeof value !== "object" || value === null) return false;
  return left === 0 || Object.values(value).some((part) => isTooDeep(part, left - 1));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns what Python's `str()` gives for a JSON value that should have been a string. */
function textOf(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  return typeof value === "string"
    ? value
    : typeof value === "number"
      ? String(value)
      : JSON.stringify(value);
}

/** Returns an object whose keys may be any string: in a plain object, `__proto__` would set the prototype. */
function emptyObject(): JsonObject {
  return Object.create(null) as JsonObject;
}

function defineKey(object: JsonObject, key: string, value: unknown): void {
  object[key] = value;
}

/**
 * Formats a time as Python's `datetime.isoformat()` does in UTC: with microseconds, and without a fraction
 * when it is zero. The tools that share the mapping files write it in this way.
 */
export function pythonTimestamp(time: Date): string {
  const text = time.toISOString();
  const milliseconds = text.slice(20, 23);
  const fraction = milliseconds === "000" ? "" : `.${milliseconds}000`;
  return `${text.slice(0, 19)}${fraction}+00:00`;
}
