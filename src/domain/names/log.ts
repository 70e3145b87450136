import type { NameEdit, NameEntry, NamePlace, NameReason, NameTable } from "./name.ts";
import { placeKey } from "./renames.ts";

/** One line of a name log: edits that were made together, and their time. */
export interface NameLogLine {
  at: string;
  edits: NameEdit[];
}

/** Applies `edits` in order to `table` and returns the new table; the old one is not changed. */
export function applyEdits(table: NameTable, edits: Iterable<NameEdit>): NameTable {
  const after = {
    entries: new Map(table.entries),
    reserved: new Map(table.reserved),
    moved: new Map(table.moved),
  };
  for (const edit of edits) applyEdit(after, edit);
  return after;
}

/** Returns the names that result from the lines of a log. Skips a line or an edit that is not valid. */
export function replay(lines: readonly unknown[]): NameTable {
  const table = newTable();
  for (const edit of editsOf(lines)) applyEdit(table, edit);
  return table;
}

/**
 * Returns the names that a mapping file has shown: all of the log up to `shownLines`, and after that only
 * what was taken over from `view`, the file itself. This file does not show what came from another file.
 */
export function replayShown(
  lines: readonly unknown[],
  shownLines: number,
  view: string,
): Map<string, NameEntry> {
  const table = newTable();
  for (const edit of editsOf(lines.slice(0, shownLines))) applyEdit(table, edit);
  for (const edit of editsOf(lines.slice(shownLines))) {
    const isFromFile = (edit.op === "set" || edit.op === "remove") && edit.view === view;
    if (isFromFile) applyEdit(table, edit);
  }
  return table.entries;
}

/** Our own recent changes to names, which a mapping file may not have yet. */
export interface Recent {
  /** Names that were set. */
  set: Set<string>;
  /** Removed names, with their entries before that. */
  removed: Map<string, NameEntry>;
}

/**
 * Returns the names that we set or removed between `sinceMs` and `untilMs`. Changes that were taken over from
 * the file `view` itself are left out; those from another mapping file count as ours.
 */
export function recentEdits(
  lines: readonly unknown[],
  { sinceMs, untilMs }: { sinceMs: number; untilMs: number },
  view: string,
): Recent {
  const isFromFile = (edit: { reason: NameReason; view?: string }) =>
    edit.reason === "another tool" && (edit.view === undefined || edit.view === view);
  const recent: Recent = { set: new Set(), removed: new Map() };
  const known = new Map<string, NameEntry>();
  for (const line of lines) {
    const atMs = timeOf(line);
    const isRecent = atMs >= sinceMs && atMs <= untilMs;
    for (const edit of editsOf([line])) {
      if (edit.op === "set") {
        const { name } = edit.entry;
        known.set(name, edit.entry);
        recent.removed.delete(name);
        if (isFromFile(edit)) recent.set.delete(name);
        else if (isRecent) recent.set.add(name);
      } else if (edit.op === "remove") {
        const entry = known.get(edit.name);
        recent.set.delete(edit.name);
        if (isRecent && entry !== undefined && !isFromFile(edit)) recent.removed.set(edit.name, entry);
      }
    }
  }
  return recent;
}

/** Returns when the edits of a line were made; NaN if the line does not say. */
export function timeOf(line: unknown): number {
  if (typeof line !== "object" || line === null || !("at" in line)) return Number.NaN;
  // Not `String(…)`: it would throw for an object whose `toString` is not a function.
  return typeof line.at === "string" ? Date.parse(line.at) : Number.NaN;
}

/** Yields the edits of some lines, oldest first, without those that are not valid. */
export function* editsOf(lines: readonly unknown[]): Generator<NameEdit> {
  for (const line of lines) {
    if (typeof line !== "object" || line === null || !("edits" in line) || !Array.isArray(line.edits))
      continue;
    for (const edit of line.edits) if (isEdit(edit)) yield edit;
  }
}

/**
 * Checks only the fields that are used without another check; ten thousand names are read in a few
 * milliseconds.
 */
function isEdit(value: unknown): value is NameEdit {
  if (typeof value !== "object" || value === null || !("op" in value)) return false;
  const edit = value as Record<string, unknown>;
  switch (edit.op) {
    case "set":
      return isEntry(edit.entry);
    case "remove":
      return (
        typeof edit.name === "string" && (edit.renamedTo === undefined || typeof edit.renamedTo === "string")
      );
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

interface GrowingTable {
  entries: Map<string, NameEntry>;
  reserved: Map<string, string>;
  moved: Map<string, NamePlace>;
}

function newTable(): GrowingTable {
  return { entries: new Map(), reserved: new Map(), moved: new Map() };
}

function applyEdit({ entries, reserved, moved }: GrowingTable, edit: NameEdit): void {
  switch (edit.op) {
    case "set": {
      const { entry } = edit;
      const before = entries.get(entry.name);
      if (before !== undefined && before.sessionId !== entry.sessionId) moved.set(placeKey(before), entry);
      entries.set(entry.name, entry);
      break;
    }
    case "remove": {
      const before = entries.get(edit.name);
      if (before !== undefined && edit.renamedTo !== undefined)
        moved.set(placeKey(before), { name: edit.renamedTo, sessionId: before.sessionId });
      entries.delete(edit.name);
      break;
    }
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

/** Returns the time of a line, ISO 8601; empty if it does not say. */
export function dateOf(line: unknown): string {
  if (typeof line !== "object" || line === null || !("at" in line)) return "";
  return typeof line.at === "string" ? line.at : "";
}
