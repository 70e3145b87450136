import { isoTime } from "../../domain/iso-time.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";

/** The conversation that a name points at. */
export interface NamedConversation {
  name: string;
  agent: string;
  workspace: string;
  /** The agent's own id of the conversation. */
  sessionId: string;
  /** ISO 8601. Absent if another tool created the name and recorded no time. */
  createdAt?: string | undefined;
  /**
   * When the last turn ended, or the first one began; ISO 8601. Absent if we ran no turn in the conversation.
   */
  usedAt?: string | undefined;
  /** Model and effort of the next turn unless it gives others; absent if the agent's own settings decide. */
  model?: string | undefined;
  effort?: string | undefined;
}

export function namedConversation({ agent, workspace }: NameScope, entry: NameEntry) {
  const { name, sessionId, createdAt, usedAt, lastModel: model, lastEffort: effort } = entry;
  return { name, agent, workspace, sessionId, createdAt: isoTime(createdAt), usedAt, model, effort };
}
