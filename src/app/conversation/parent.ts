import type { Agent } from "../../domain/agent/agent.ts";
import { knownState } from "../../domain/session/known-state.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import type { Context } from "../context.ts";
import { newestCounters } from "./counters.ts";
import { readyAncestors, readyTranscript } from "./transcript.ts";

/**
 * Makes sure that the conversation which is to be forked is there to be read, and returns the agent's counters in it:
 * those that the fork goes on from. They are good only while its lock is held. Undefined where they can't be known.
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
  // The transcript may have grown, or have been lost: both are as good to fork from.
  const ready = readyTranscript(context, agent, session.key, known.transcript, {
    name,
    trustTranscript: true,
  });
  await readyAncestors(context, agent, session.key, name);
  // What its transcript says is what the agent goes on from, also after a turn that never told what it used.
  return newestCounters(agent, ready) ?? (ready.foreignBytes === 0 ? known.counters : undefined);
}
