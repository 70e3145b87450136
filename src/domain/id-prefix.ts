import { AppError } from "./errors.ts";

/** Fewer characters of an id are never taken as its beginning. */
export const SHORTEST_PREFIX = 4;

const MOST_LISTED = 5;

/**
 * Returns the id that `given` means: `given` itself if it is one of them, else the only one that begins with it;
 * undefined if there is none, or if `given` is too short to be the beginning of an id.
 *
 * @throws AppError `usage` if several begin with it; `what` names them, in the plural
 */
export function idThatBegins(given: string, ids: Iterable<string>, what: string): string | undefined {
  const all = new Set(ids);
  if (all.has(given)) return given;
  if (given.length < SHORTEST_PREFIX) return undefined;
  const found = [...all].filter((id) => id.startsWith(given)).sort();
  const [only] = found;
  if (found.length <= 1) return only;
  throw new AppError(
    "usage",
    `${JSON.stringify(given)} is the beginning of the ids of ${found.length} ${what}: ${listIds(found)}.`,
    { hint: "Type more of the id.", facts: { given, among: found } },
  );
}

/** Returns the first ids of a list, for people. */
export function listIds(ids: readonly string[]): string {
  return `${ids.slice(0, MOST_LISTED).join(", ")}${ids.length > MOST_LISTED ? ", …" : ""}`;
}
