import { editsOf, timeOf } from "./log.ts";

/**
 * Returns the indices of lines that only say that names were used, if a later line says it again while the
 * names still point at the same conversation. Without these lines, a log gives the same names, moves and
 * mentions. A line with any other content, or with content that this version does not know, is never among
 * them.
 */
export function supersededUses(lines: readonly unknown[]): Set<number> {
  const superseded = new Set<number>();
  /** Names that are used again later, before they point at anything else, with the time of that line. */
  const usedLater = new Map<string, number>();
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at];
    const names = namesUsedBy(line);
    const atMs = timeOf(line);
    // After the clock was set back, the later line is the older mention.
    const isSuperseded = names?.every((name) => (usedLater.get(name) ?? Number.NEGATIVE_INFINITY) >= atMs);
    if (isSuperseded) superseded.add(at);
    else if (names !== undefined) for (const name of names) usedLater.set(name, atMs);
    else {
      for (const edit of editsOf([line])) {
        if (edit.op === "set") usedLater.delete(edit.entry.name);
        else if (edit.op === "remove") usedLater.delete(edit.name);
      }
    }
  }
  return superseded;
}

/** Returns the names that a line says were used, if it says nothing else. */
function namesUsedBy(line: unknown): string[] | undefined {
  if (!hasOnly(line, ["at", "edits"]) || !Array.isArray(line.edits) || line.edits.length === 0)
    return undefined;
  const names: string[] = [];
  for (const edit of line.edits as unknown[]) {
    if (!hasOnly(edit, ["op", "name", "usedAt"]) || edit.op !== "used") return undefined;
    if (typeof edit.name !== "string" || typeof edit.usedAt !== "string") return undefined;
    names.push(edit.name);
  }
  return names;
}

function hasOnly<Key extends string>(value: unknown, keys: readonly Key[]): value is Record<Key, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const found = Object.keys(value);
  return found.length === keys.length && keys.every((key) => found.includes(key));
}
