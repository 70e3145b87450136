import type { PlacedName } from "../app/names/tables.ts";
import type { Conversation } from "./conversation.ts";

/** An adopted conversation, and what is known about it. */
export interface AdoptedConversation {
  conversation: Conversation;
  /** The agent's own id. */
  sessionId: string;
  /** What the name pointed at before; absent if the name did not exist. */
  previousSessionId?: string | undefined;
  /** The first prompt of the conversation, on one line and shortened. */
  firstPrompt?: string | undefined;
  /** The folder that the conversation began in, if that is not the workspace. */
  beganIn?: string | undefined;
  /** The other names of the conversation, in all workspaces. */
  alsoNamed: PlacedName[];
}
