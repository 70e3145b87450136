export type CheckpointAgent = "claude" | "codex";

/** One prompt and what came of it; without an answer it is still open, or was cut off. */
export interface Exchange {
  /** ISO 8601, as all times here. */
  at: string;
  prompt: string;
  answer?: string;
}

export interface Todo {
  /** The agent's own number of the to-do, where it has one. */
  id?: string;
  text: string;
  isDone: boolean;
}

export interface GitState {
  /** Absent on a detached head. */
  branch?: string;
  /** Absent before the first commit. */
  commit?: string;
  changedFiles: string[];
  /** How many more there are than are listed. */
  moreChangedFiles: number;
}

/** What is known of a conversation without anybody's effort, as of its last sign of life. */
export interface AutomaticState {
  at: string;
  /** The sign of life: the hook that wrote this. */
  event: string;
  agent: CheckpointAgent;
  cwd: string;
  /** What the conversation began with, once that is no longer among the exchanges. */
  firstPrompt?: string;
  /** The newest last. */
  exchanges: Exchange[];
  todos: Todo[];
  git?: GitState;
  /** Until when git is left alone, where it was slow. */
  gitRestsUntil?: string;
  transcriptPath?: string;
}

/** Where a conversation stands: what its user saved of it by hand, and what was seen of it since. */
export interface Checkpoint {
  sessionId: string;
  /** When `lastTask` and `summary` were written. */
  savedAt: string;
  lastTask: string;
  /** Written on request only; never touched by what is saved automatically. */
  summary: string;
  isByHand: boolean;
  endedAt?: string;
  /** What the next answer is, where it is none to the last prompt: the summary, or talk of a command of ours. */
  awaiting?: "summary" | "talk";
  /** The checkpoint that this conversation was started from. */
  resumedFrom?: string;
  automatic?: AutomaticState;
  /** What other versions and tools have put into the file, kept as it was. */
  others: Record<string, unknown>;
}

/** The time of the last sign of life, in epoch milliseconds; 0 where no time can be read. */
export function lastSeenMs({ savedAt, endedAt, automatic }: Checkpoint): number {
  const times = [savedAt, endedAt, automatic?.at].map((time) => Date.parse(time ?? ""));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
}

/** Whether there is anything in it to start from: not so where a window was opened and closed again. */
export function isWorthKeeping({ summary, isByHand, automatic }: Checkpoint): boolean {
  return summary !== "" || isByHand || (automatic?.exchanges.length ?? 0) > 0;
}
