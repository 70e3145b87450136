/** The agents whose windows are saved, as the files name them. The original plugin knew the first alone. */
export const CHECKPOINT_AGENTS = ["claude", "codex"] as const;

export type CheckpointAgent = (typeof CHECKPOINT_AGENTS)[number];

/** One prompt and its answer; without an answer, it is still open or was cut off. */
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
  /** How many changed files are not listed. */
  moreChangedFiles: number;
}

/** What is recorded of a conversation automatically, as of its last sign of life. */
export interface AutomaticState {
  at: string;
  /** The sign of life: the hook that wrote this. */
  event: string;
  agent: CheckpointAgent;
  cwd: string;
  /** The first prompt of the conversation, once it is no longer among the exchanges. */
  firstPrompt?: string;
  /** Newest last. */
  exchanges: Exchange[];
  todos: Todo[];
  git?: GitState;
  /** Until when git is not run, after it was slow. */
  gitRestsUntil?: string;
  transcriptPath?: string;
}

/** The state of a conversation: what its user saved by hand, and what was observed since. */
export interface Checkpoint {
  sessionId: string;
  /** When `lastTask` and `summary` were written. */
  savedAt: string;
  lastTask: string;
  /** Written on request only; never touched by what is saved automatically. */
  summary: string;
  isByHand: boolean;
  endedAt?: string;
  /**
   * What the next answer is, if it does not answer the last prompt: the summary, or talk of a command of
   * ours.
   */
  awaiting?: "summary" | "talk";
  /** The checkpoint that this conversation was started from. */
  resumedFrom?: string;
  automatic?: AutomaticState;
  /** What other versions and tools have put into the file, unchanged. */
  others: Record<string, unknown>;
}

/** Returns the agent that a conversation belongs to: those of the original plugin say none. */
export function agentOf({ automatic }: Pick<Checkpoint, "automatic">): CheckpointAgent {
  return automatic?.agent ?? CHECKPOINT_AGENTS[0];
}

/** Returns the time of the last sign of life, in epoch milliseconds; 0 if no time can be parsed. */
export function lastSeenMs({ savedAt, endedAt, automatic }: Checkpoint): number {
  const times = [savedAt, endedAt, automatic?.at].map((time) => Date.parse(time ?? ""));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
}

/** Whether a conversation can start from it. Not if a window was only opened and closed again. */
export function isWorthKeeping({ summary, isByHand, automatic }: Checkpoint): boolean {
  return summary !== "" || isByHand || (automatic?.exchanges.length ?? 0) > 0;
}
