import type { Imported } from "../app/travel/import.ts";
import type { Conversation } from "./conversation.ts";

/** An imported conversation, and the settings that hold for its turns. */
export interface ImportedConversation extends Imported {
  /** Absent after a `dryRun`. */
  conversation?: Conversation | undefined;
}
