import type { Context } from "../context.ts";
import { type Collected, Collection, type GcRequest } from "./collection.ts";
import { collectSessions } from "./sessions.ts";
import { collectCallers, collectTurns } from "./turns.ts";

const DAY_MS = 86_400_000;

/** How long unreferenced items are kept, and how much of them. */
export const RETENTION = {
  keepTurnsMs: 7 * DAY_MS,
  keepToldBytes: 512 * 1024 * 1024,
  keepSessionsMs: 30 * DAY_MS,
};

/** Keeps and reports what can't be judged. Never touches the agents' own files. */
export function gc(context: Context, request: GcRequest): Collected {
  const collection = new Collection(context, request);
  collectTurns(collection);
  collectCallers(collection);
  collectSessions(collection);
  return collection.collected;
}
