import { withoutUndefined } from "../../domain/without-undefined.ts";
import type { Context } from "../context.ts";
import type { CollectedRows } from "../shared-line.ts";
import { type Collected, Collection, type GcRequest } from "./collection.ts";
import { collectGates } from "./gates.ts";
import { collectSessions } from "./sessions.ts";
import {
  collectCallers,
  collectKeepers,
  collectRequests,
  collectTurns,
  collectVersions,
  collectWarm,
} from "./turns.ts";

const DAY_MS = 86_400_000;

/** How long what agents print is kept where machines share a store; prompts and answers stay in the journal. */
const KEEP_SAID_MS = DAY_MS;

/** How long unreferenced items are kept, and how much of them. */
export const RETENTION = {
  keepTurnsMs: 7 * DAY_MS,
  keepToldBytes: 512 * 1024 * 1024,
  keepSessionsMs: 30 * DAY_MS,
};

/**
 * Collects by `RETENTION`, but for what `asked` has. Keeps and reports what can't be judged. Never touches the
 * agents' own files.
 */
export function gc(
  context: Context,
  asked: { [Key in keyof GcRequest]?: GcRequest[Key] | undefined },
): Collected {
  const collection = new Collection(context, { ...RETENTION, ...withoutUndefined(asked) });
  collectTurns(collection);
  collectCallers(collection);
  collectRequests(collection);
  collectKeepers(collection);
  collectWarm(collection);
  collectVersions(collection);
  collectGates(collection);
  collectSessions(collection);
  return collection.collected;
}

/**
 * Does the same, and deletes what nobody can ask for any more from a store that machines share: results that callers may come
 * back for, and what agents have printed.
 *
 * @throws AppError
 */
export async function gcEverywhere(
  context: Context,
  asked: { [Key in keyof GcRequest]?: GcRequest[Key] | undefined },
): Promise<Collected & { store?: CollectedRows }> {
  const { keepTurnsMs = RETENTION.keepTurnsMs, dryRun } = asked;
  const keepSaidMs = Math.min(KEEP_SAID_MS, keepTurnsMs);
  const store = await context.line?.collect({ keepTurnsMs, keepSaidMs, dryRun });
  return { ...gc(context, asked), ...withoutUndefined({ store }) };
}
