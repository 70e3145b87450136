import type { Context } from "../context.ts";
import { type Collected, Collection, type GcRequest } from "./collection.ts";
import { collectSessions } from "./sessions.ts";
import { collectCallers, collectTurns } from "./turns.ts";

const DAY_MS = 86_400_000;

/** How long things are kept that nothing points at, and how much of them. */
export const RETENTION = {
  keepTurnsMs: 7 * DAY_MS,
  keepToldBytes: 512 * 1024 * 1024,
  keepSessionsMs: 30 * DAY_MS,
};

/**
 * Removes what nobody needs any more: turns that have long ended, what is known of callers that have long been gone,
 * and conversations that have long had no name. What can't be judged is left alone and reported. The agents' own files are never touched.
 */
export function gc(context: Context, request: GcRequest): Collected {
  const collection = new Collection(context, request);
  collectTurns(collection);
  collectCallers(collection);
  collectSessions(collection);
  return collection.collected;
}
