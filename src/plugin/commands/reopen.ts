import { reopenWords } from "../../agents/hooked-agents.ts";
import { type Checkpoint, isWorthKeeping } from "../../domain/checkpoint/checkpoint.ts";
import { quoteWord, quoteWords } from "../../domain/words.ts";
import type { TranscriptState } from "../hooks/keep-transcript.ts";

/**
 * Returns the command that reopens a conversation; undefined if there is none, for instance because it was
 * killed before its agent had written it to disk.
 */
export function reopenCommand(checkpoint: Checkpoint, transcript: TranscriptState): string | undefined {
  const { automatic } = checkpoint;
  if (automatic === undefined || !isWorthKeeping(checkpoint) || transcript === "gone") return undefined;
  return `cd ${quoteWord(automatic.cwd)} && ${quoteWords(reopenWords(checkpoint))}`;
}
