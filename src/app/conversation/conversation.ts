import type { Agent } from "../../domain/agent/agent.ts";
import { type KnownState, knownState } from "../../domain/session/known-state.ts";
import type { SessionKey, SessionRecord, TurnEnded } from "../../domain/session/session.ts";
import type { SessionFolder } from "../../domain/store.ts";
import type { Context } from "../context.ts";

/**
 * A conversation as it was when a command read it. Under the conversation's lock it stays so, but for what the
 * command itself changes.
 */
export interface Conversation {
  readonly context: Context;
  readonly agent: Agent;
  readonly key: SessionKey;
  readonly session: SessionFolder;
  readonly record: SessionRecord | undefined;
  /** Our last turn in it. */
  readonly last: TurnEnded | undefined;
  readonly known: KnownState;
}

export async function readConversation(context: Context, key: SessionKey): Promise<Conversation> {
  const session = context.store.session(key);
  const last = await session.journal.last();
  const record = await session.record();
  const agent = context.findAgent(key.agent);
  return { context, agent, key, session, record, last, known: knownState(record, last) };
}
