/**
 * One event of a transcript. If the transcript is a tree, `messageId` is a node of it and `parentId` the node
 * before.
 */
export type TranscriptEvent =
  /**
   * The history before this transcript is in the first `bytes` of another conversation's; absent if the agent
   * does not say how many.
   */
  | { type: "forked"; from: string; bytes?: number }
  | { type: "prompt"; text: string; messageId?: string; parentId?: string }
  /** `isFinal` when the agent had nothing more to do after it. */
  | { type: "answer"; text: string; isFinal: boolean; messageId?: string; parentId?: string }
  /** No message, but a node that others follow. */
  | { type: "link"; messageId: string; parentId?: string };
