import { parse, stringify, TomlError } from "smol-toml";
import type { SettingValue } from "./keys.ts";
import { addTo, findAssignments, type Place } from "./lines.ts";

export type Table = Record<string, unknown>;
export type Parsed = { table: Table } | { problem: string; line: number; column: number };

/** Reads a TOML text. Lines and columns are counted from 1. */
export function parseToml(text: string): Parsed {
  try {
    return { table: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [said = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    return { problem: said, line: error.line, column: error.column };
  }
}

/**
 * Returns a TOML text with one value set, or with `undefined` removed, and all else as it was: comments, order,
 * line ends. The change is made in lines, and checked by reading the result. Undefined if it can't be made so,
 * such as in an inline table.
 */
export function changeToml(text: string, place: Place, value: SettingValue | undefined): string | undefined {
  const before = parseToml(text);
  if (!("table" in before)) return undefined;
  const wanted = withValue(before.table, place, value);
  const isWanted = (changed: string) => {
    const after = parseToml(changed);
    return "table" in after && isSame(after.table, wanted);
  };
  const written = value === undefined ? undefined : stringify({ [place.key]: value }).trimEnd();
  const isWhole = (lines: string) => "table" in parseToml(lines);
  for (const found of findAssignments(text, place, isWhole)) {
    const changed = found.replace(written);
    if (isWanted(changed)) return changed;
  }
  if (written === undefined) return isSame(before.table, wanted) ? text : undefined;
  const added = addTo(text, place, written);
  return isWanted(added) ? added : undefined;
}

function withValue(table: Table, { table: name, key }: Place, value: SettingValue | undefined): Table {
  if (name !== undefined) {
    const inner = isTable(table[name]) ? table[name] : {};
    return { ...table, [name]: withValue(inner, { table: undefined, key }, value) };
  }
  const { [key]: _, ...others } = table;
  return value === undefined ? others : { ...others, [key]: value };
}

/** An empty table is as good as none. */
function isSame(left: Table, right: Table): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === "bigint") return `${value}n`;
  if (!isTable(value)) return JSON.stringify(value) ?? "";
  const fields = Object.entries(value)
    .map(([key, field]) => [JSON.stringify(key), canonical(field)] as const)
    .filter(([, field]) => field !== "{}");
  return `{${fields
    .map((pair) => pair.join(":"))
    .toSorted()
    .join()}}`;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
