/** One thing that an agent's own record of a conversation tells. `messageId` is the agent's, where it has ids. */
export type TranscriptEvent =
  /** The history before this record is in that of another conversation. */
  | { type: "forked"; from: string }
  | { type: "prompt"; text: string; messageId?: string }
  /** `isFinal` when the agent had nothing more to do after it. */
  | { type: "answer"; text: string; isFinal: boolean; messageId?: string };
