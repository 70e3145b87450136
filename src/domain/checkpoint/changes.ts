import { withoutUndefined } from "../without-undefined.ts";
import type { AutomaticState, Checkpoint, CheckpointAgent, Exchange, GitState, Todo } from "./checkpoint.ts";
import { clip, oneLine } from "./clip.ts";

/**
 * A checkpoint is later read into a prompt: it contains only what fits there; the transcript has the rest.
 */
const PROMPT_CHARACTERS = 4000;
const ANSWER_CHARACTERS = 4000;
const TASK_CHARACTERS = 300;
const SUMMARY_CHARACTERS = 20_000;
const EXCHANGES = 3;

/** A sign of life of a conversation, and what was observed then. */
export interface Sighting {
  sessionId: string;
  at: string;
  event: string;
  agent: CheckpointAgent;
  cwd: string;
  prompt?: string | undefined;
  /** The answer to the last prompt. */
  answer?: string | undefined;
  todos?: Todo[] | undefined;
  git?: GitState | undefined;
  gitRestsUntil?: string | undefined;
  transcriptPath?: string | undefined;
}

/**
 * Updates a checkpoint, or creates one, after a sign of life. A summary that was saved by hand is not
 * changed.
 */
export function noteSighting(before: Checkpoint | undefined, seen: Sighting): Checkpoint {
  const was = before?.automatic;
  const exchanges = nextExchanges(was?.exchanges ?? [], seen);
  const firstPrompt = was?.firstPrompt ?? dropped(was?.exchanges ?? [], exchanges)?.prompt;
  const automatic: AutomaticState = withoutUndefined({
    at: seen.at,
    event: seen.event,
    agent: seen.agent,
    cwd: seen.cwd,
    firstPrompt,
    exchanges,
    todos: seen.todos ?? was?.todos ?? [],
    git: seen.git ?? was?.git,
    gitRestsUntil: seen.gitRestsUntil ?? was?.gitRestsUntil,
    transcriptPath: seen.transcriptPath ?? was?.transcriptPath,
  });
  const { endedAt: _, ...rest } = before ?? newCheckpoint(seen.sessionId, seen.at);
  if (rest.isByHand) return { ...rest, automatic };
  const lastTask = oneLine(exchanges.at(-1)?.prompt ?? rest.lastTask, TASK_CHARACTERS);
  return { ...rest, savedAt: seen.at, lastTask, automatic };
}

function nextExchanges(before: readonly Exchange[], { at, prompt, answer }: Sighting): Exchange[] {
  const exchanges = [...before];
  if (prompt !== undefined) exchanges.push({ at, prompt: clip(prompt, PROMPT_CHARACTERS) });
  const last = exchanges.at(-1);
  if (answer !== undefined && last !== undefined) {
    exchanges[exchanges.length - 1] = { ...last, answer: clip(answer, ANSWER_CHARACTERS) };
  }
  return exchanges.slice(-EXCHANGES);
}

function dropped(before: readonly Exchange[], after: readonly Exchange[]): Exchange | undefined {
  return before[0]?.at === after[0]?.at ? undefined : before[0];
}

export function newCheckpoint(sessionId: string, at: string): Checkpoint {
  return { sessionId, savedAt: at, lastTask: "", summary: "", isByHand: false, others: {} };
}

export function expect(checkpoint: Checkpoint, awaiting: "summary" | "talk"): Checkpoint {
  return { ...checkpoint, awaiting };
}

export function expectAnswer({ awaiting: _, ...rest }: Checkpoint): Checkpoint {
  return rest;
}

/** Saves an answer as the summary that was asked for. Its first line may name the task. */
export function saveByHand(checkpoint: Checkpoint, answer: string, at: string): Checkpoint {
  const named = /^\s*(?:\*\*)?task(?:\*\*)?:(?:\*\*)?[ \t]*(\S[^\n]*)\n?/i.exec(answer);
  const task = named?.[1] ?? checkpoint.automatic?.exchanges.at(-1)?.prompt ?? checkpoint.lastTask;
  const summary = answer.slice(named?.[0].length ?? 0).trim();
  return {
    ...expectAnswer(checkpoint),
    savedAt: at,
    lastTask: oneLine(task, TASK_CHARACTERS),
    summary: clip(summary === "" ? answer.trim() : summary, SUMMARY_CHARACTERS),
    isByHand: true,
  };
}

export function stampEnd(checkpoint: Checkpoint, at: string): Checkpoint {
  return { ...expectAnswer(checkpoint), endedAt: at };
}
