import type { NameEdit, NameEntry, NameTable } from "./name.ts";

/** One line of a name log: an edit and when it was made. */
export type NameLogLine = NameEdit & { at: string };

export const NO_NAMES: NameTable = { entries: new Map(), reserved: new Map() };

/** Applies `edits` in order to `table` and returns the new table; the old one is left as it was. */
export function applyEdits(table: NameTable, edits: Iterable<NameEdit>): NameTable {
  const entries = new Map(table.entries);
  const reserved = new Map(table.reserved);
  for (const edit of edits) applyEdit(entries, reserved, edit);
  return { entries, reserved };
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
