import type { Agent } from "../../domain/agent/agent.ts";
import { knownState } from "../../domain/session/known-state.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import type { Context } from "../context.ts";
import { newestCounters } from "./counters.ts";
import { readyAncestors, readyTranscript } from "./transcript.ts";

/**
 * Makes sure that the parent of a fork can be read, and returns the counters that the fork continues from;
 * undefined where they are unknown. The counters are valid only while the parent's lock is held.
 *
 * @throws AppError `conversation_lost`
 */
export async function readyTrunk(
  context: Context,
  agent: Agent,
  sessionId: string,
  name: string,
): Promise<Counters | undefined> {
  const session = context.store.session({ agent: agent.name, sessionId });
  const known = knownState(await session.record(), await session.journal.last());
  // A transcript that was shortened, has grown, or is restored from our copy can be forked as well.
  const ready = readyTranscript(context, agent, session.key, known.transcript, {
    name,
    trustTranscript: true,
  });
  await readyAncestors(context, agent, session.key, name);
  // The agent continues from the counters in the transcript, even after a turn that never reported its usage.
  return newestCounters(agent, ready) ?? (ready.foreignBytes === 0 ? known.counters : undefined);
}
