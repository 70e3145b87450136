import type { NameEntry, NamePlace, NameTable } from "./name.ts";

export function placeKey({ name, sessionId }: NamePlace): string {
  return `${sessionId}\0${name}`;
}

/**
 * Returns the current entry of a name that pointed at `sessionId` when a turn was sent to it. Follows the
 * name from move to move, if it was renamed or points elsewhere now. Undefined once the name was removed; a
 * name that was created again after that is another one.
 */
export function entrySince(names: NameTable, name: string, sessionId: string): NameEntry | undefined {
  const seen = new Set<string>();
  let place: NamePlace | undefined = { name, sessionId };
  while (place !== undefined) {
    const entry = names.entries.get(place.name);
    if (entry?.sessionId === place.sessionId) return entry;
    const key = placeKey(place);
    if (seen.has(key)) return undefined;
    seen.add(key);
    place = names.moved.get(key);
  }
  return undefined;
}

/** Returns the entry that a name which is gone was last renamed to, if that still exists. */
export function renamedTo(names: NameTable, name: string): NameEntry | undefined {
  let found: NameEntry | undefined;
  for (const key of names.moved.keys()) {
    const end = key.indexOf("\0");
    if (key.slice(end + 1) === name) found = entrySince(names, name, key.slice(0, end)) ?? found;
  }
  return found;
}
