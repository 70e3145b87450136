import { reopenWords } from "../../agents/hooked-agents.ts";
import { type Checkpoint, isWorthKeeping } from "../../domain/checkpoint/checkpoint.ts";
import { quoteWord, quoteWords } from "../../domain/words.ts";
import type { TranscriptState } from "../hooks/keep-transcript.ts";

/** Undefined where there is no conversation to reopen, as when it was killed before its agent had written it. */
export function reopenCommand(checkpoint: Checkpoint, transcript: TranscriptState): string | undefined {
  const { automatic } = checkpoint;
  if (automatic === undefined || !isWorthKeeping(checkpoint) || transcript === "gone") return undefined;
  return `cd ${quoteWord(automatic.cwd)} && ${quoteWords(reopenWords(checkpoint))}`;
}
