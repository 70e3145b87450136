import type { NameEdit, NameEntry, NameTable } from "./name.ts";

/** One line of a name log: edits that were made together, and when. */
export interface NameLogLine {
  at: string;
  edits: NameEdit[];
}

export const NO_NAMES: NameTable = { entries: new Map(), reserved: new Map() };

/** Applies `edits` in order to `table` and returns the new table; the old one is left as it was. */
export function applyEdits(table: NameTable, edits: Iterable<NameEdit>): NameTable {
  const entries = new Map(table.entries);
  const reserved = new Map(table.reserved);
  for (const edit of edits) applyEdit(entries, reserved, edit);
  return { entries, reserved };
}

/** The names that the lines of a log add up to. A line or an edit that makes no sense is passed over. */
export function replay(lines: readonly unknown[]): NameTable {
  const entries = new Map<string, NameEntry>();
  const reserved = new Map<string, string>();
  for (const edit of editsOf(lines)) applyEdit(entries, reserved, edit);
  return { entries, reserved };
}

/** What each name that is gone was when the log last had it. */
export function lastKnown(
  lines: readonly unknown[],
  present: ReadonlyMap<string, NameEntry>,
): Map<string, NameEntry> {
  const known = new Map<string, NameEntry>();
  for (const edit of editsOf(lines)) if (edit.op === "set") known.set(edit.entry.name, edit.entry);
  for (const name of present.keys()) known.delete(name);
  return known;
}

function* editsOf(lines: readonly unknown[]): Generator<NameEdit> {
  for (const line of lines) {
    if (typeof line !== "object" || line === null || !("edits" in line) || !Array.isArray(line.edits))
      continue;
    for (const edit of line.edits) if (isEdit(edit)) yield edit;
  }
}

/** Checks what is used without another look; ten thousand names are read in a few milliseconds. */
function isEdit(value: unknown): value is NameEdit {
  if (typeof value !== "object" || value === null || !("op" in value)) return false;
  const edit = value as Record<string, unknown>;
  switch (edit.op) {
    case "set":
      return isEntry(edit.entry);
    case "remove":
    case "unreserve":
      return typeof edit.name === "string";
    case "reserve":
      return typeof edit.name === "string" && typeof edit.turnId === "string";
    case "used":
      return typeof edit.name === "string" && typeof edit.usedAt === "string";
    default:
      return false;
  }
}

function isEntry(value: unknown): value is NameEntry {
  if (typeof value !== "object" || value === null) return false;
  const entry = value as Record<string, unknown>;
  return typeof entry.name === "string" && typeof entry.sessionId === "string";
}

function applyEdit(entries: Map<string, NameEntry>, reserved: Map<string, string>, edit: NameEdit): void {
  switch (edit.op) {
    case "set":
      entries.set(edit.entry.name, edit.entry);
      break;
    case "remove":
      entries.delete(edit.name);
      break;
    case "reserve":
      reserved.set(edit.name, edit.turnId);
      break;
    case "unreserve":
      reserved.delete(edit.name);
      break;
    case "used": {
      const entry = entries.get(edit.name);
      if (entry !== undefined) entries.set(edit.name, { ...entry, usedAt: edit.usedAt });
      break;
    }
  }
}
