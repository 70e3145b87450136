import { reopenWords } from "../../app/tell/checkpoints.ts";
import { type Checkpoint, lastSeenMs } from "../../domain/checkpoint/checkpoint.ts";

/** What the plugin `session-persist` has saved of a conversation. */
export interface SavedCheckpoint {
  sessionId: string;
  agent: string;
  /** When the conversation was last seen; ISO 8601. Absent if no time can be read. */
  lastSeenAt?: string;
  /** When the conversation ended; ISO 8601. Absent if its end was not seen. */
  endedAt?: string;
  lastTask: string;
  /** Written only on request. */
  summary: string;
  isByHand: boolean;
  /** The checkpoint that the conversation was started from. */
  resumedFrom?: string;
  /** The command and its arguments that reopen the conversation itself. */
  openCommand: string[];
}

export function savedCheckpoint(checkpoint: Checkpoint): SavedCheckpoint {
  const { sessionId, automatic, endedAt, lastTask, summary, isByHand, resumedFrom } = checkpoint;
  const seenMs = lastSeenMs(checkpoint);
  return {
    sessionId,
    agent: automatic?.agent ?? "claude",
    ...(seenMs === 0 ? {} : { lastSeenAt: new Date(seenMs).toISOString() }),
    ...(endedAt === undefined ? {} : { endedAt }),
    lastTask,
    summary,
    isByHand,
    ...(resumedFrom === undefined ? {} : { resumedFrom }),
    openCommand: reopenWords(checkpoint),
  };
}
