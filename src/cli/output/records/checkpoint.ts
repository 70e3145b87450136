import { reopenWords } from "../../../app/tell/checkpoints.ts";
import { type Checkpoint, lastSeenMs } from "../../../domain/checkpoint/checkpoint.ts";
import { quoteWords } from "../../../domain/words.ts";

export function checkpointRecord(checkpoint: Checkpoint) {
  const { automatic } = checkpoint;
  const seenMs = lastSeenMs(checkpoint);
  return {
    session_id: checkpoint.sessionId,
    agent: automatic?.agent ?? "claude",
    last_seen_at: seenMs === 0 ? null : new Date(seenMs).toISOString(),
    ended_at: checkpoint.endedAt ?? null,
    last_task: checkpoint.lastTask,
    summary: checkpoint.summary,
    saved_by: checkpoint.isByHand ? "hand" : "hook",
    resumed_from: checkpoint.resumedFrom ?? null,
    open_command: quoteWords(reopenWords(checkpoint)),
  };
}
