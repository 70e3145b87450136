/**
 * One thing that an agent's own record of a conversation tells. Where the agent's record is a tree, `messageId`
 * is a place in it and `parentId` the one before.
 */
export type TranscriptEvent =
  /** The history before this record is in the first `bytes` of another conversation's; absent where they are not told. */
  | { type: "forked"; from: string; bytes?: number }
  | { type: "prompt"; text: string; messageId?: string; parentId?: string }
  /** `isFinal` when the agent had nothing more to do after it. */
  | { type: "answer"; text: string; isFinal: boolean; messageId?: string; parentId?: string }
  /** Nothing that was said, but a place that others follow. */
  | { type: "link"; messageId: string; parentId?: string };
