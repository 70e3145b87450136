import type { SessionKey } from "../../domain/session/session.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import type { Context } from "../context.ts";
import { readConversation } from "./conversation.ts";
import { newestCounters } from "./counters.ts";
import { readyAncestors, readyTranscript } from "./transcript.ts";

/**
 * Makes sure that the parent of a fork can be read, and returns the counters that the fork continues from;
 * undefined where they are unknown. The counters are valid only while the parent's lock is held.
 *
 * @throws AppError `conversation_lost`
 */
export async function readyParent(
  context: Context,
  key: SessionKey,
  name: string,
): Promise<Counters | undefined> {
  const parent = await readConversation(context, key);
  const { agent, known } = parent;
  // A transcript that was shortened, has grown, or is restored from our copy can be forked as well.
  const ready = readyTranscript(parent, { name });
  await readyAncestors(parent, { name });
  // The agent continues from the counters in the transcript, even after a turn that never reported its usage.
  return newestCounters(agent, ready) ?? (ready.foreignBytes === 0 ? known.counters : undefined);
}
