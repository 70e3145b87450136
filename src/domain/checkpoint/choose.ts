import { type Checkpoint, isWorthKeeping, lastSeenMs } from "./checkpoint.ts";

/**
 * Whether a text can be an id. An id is part of a file name, so it has no slash and does not begin with a
 * dot.
 */
export function isCheckpointId(words: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(words) && !words.includes("..");
}

export type Choice =
  | { checkpoint: Checkpoint; problem?: undefined }
  | { checkpoint?: undefined; problem: "not an id" | "none" | "several"; among: string[] };

/**
 * Returns the checkpoint that `wanted` means: a whole id, the beginning of exactly one id, or `latest`. `own`
 * is the conversation that asks; it is never the latest, for it can learn nothing from itself.
 */
export function chooseCheckpoint(wanted: string, all: readonly Checkpoint[], own?: string): Choice {
  if (wanted === "latest") {
    const [newest] = newestFirst(all.filter((one) => one.sessionId !== own && isWorthKeeping(one)));
    return newest === undefined ? { problem: "none", among: [] } : { checkpoint: newest };
  }
  if (!isCheckpointId(wanted)) return { problem: "not an id", among: [] };
  const whole = all.find(({ sessionId }) => sessionId === wanted);
  if (whole !== undefined) return { checkpoint: whole };
  const [first, ...more] = all.filter(({ sessionId }) => sessionId.startsWith(wanted));
  if (first === undefined) return { problem: "none", among: [] };
  if (more.length === 0) return { checkpoint: first };
  return { problem: "several", among: [first, ...more].map(({ sessionId }) => sessionId) };
}

export function newestFirst(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  return [...checkpoints].sort((a, b) => lastSeenMs(b) - lastSeenMs(a));
}
