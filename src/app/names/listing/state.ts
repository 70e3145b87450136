import type { UnendedTurn } from "../../../domain/runner.ts";
import type { SessionKey } from "../../../domain/session/session.ts";
import type { Glance } from "../../../domain/store.ts";
import type { Activity } from "../../../domain/turn/activity.ts";
import type { Outcome } from "../../../domain/turn/turn.ts";
import { fileState } from "../../../system/files/keep.ts";
import type { Context } from "../../context.ts";
import { transcriptOrCopy } from "../../conversation/transcript.ts";
import type { BusyWindow } from "../../turn/open-windows.ts";

/**
 * What a conversation is doing, or what is to be done about it.
 *
 * - `running`: a turn of ours runs
 * - `window`: it is open in a window, or in a turn of another program
 * - `queued`: turns wait for it
 * - `lost`: the agent's transcript is gone, and so is our copy
 * - `failed`: the last turn has failed, or was cut short without anybody asking for it
 * - `unread`: the last turn has ended, and nobody was told its answer
 * - `free`: none of these
 */
export type NameState = "running" | "window" | "queued" | "lost" | "failed" | "unread" | "free";

/** What a list tells of a name's conversation. */
export interface Standing {
  state: NameState;
  /** Since when a turn has been running in the conversation; absent if none runs. ISO 8601. */
  busySince?: string | undefined;
  /** What the agent does in that turn; absent if it does not show it. */
  doing?: Activity | undefined;
  /** How many turns were accepted and have not begun. */
  queued: number;
  /** What has the conversation open while no turn of ours runs: a window, or a turn of another program. */
  window?: BusyWindow | undefined;
  /** How many turns of ours have ended in it. */
  turns: number;
  lastOutcome?: Outcome | undefined;
  /** The first words of the prompt that runs, or else of the last one; at most 120 characters. */
  lastPrompt?: string | undefined;
  /** The first words of the last answer, or of why the last turn failed; at most 120 characters. */
  lastAnswer?: string | undefined;
}

/** What is known of the turns and windows of one conversation now. */
export interface Now {
  running: UnendedTurn | undefined;
  /** The prompt of the running turn, and what the agent does. */
  prompt?: string | undefined;
  doing?: Activity | undefined;
  queued: number;
  window: BusyWindow | undefined;
}

export function standingOf(
  context: Context,
  key: SessionKey,
  { running, prompt: asked, doing, queued, window }: Now,
  glance: Glance | undefined,
): Standing {
  const last = glance?.last;
  const prompt = running === undefined ? last?.prompt : asked;
  const answer = last?.failure?.message ?? last?.text;
  return {
    state: stateOf(context, key, { running, queued, window }, glance),
    busySince: running?.since,
    doing,
    queued,
    window,
    turns: glance?.turns ?? 0,
    lastOutcome: last?.outcome,
    lastPrompt: firstWords(prompt),
    lastAnswer: firstWords(answer),
  };
}

function stateOf(context: Context, key: SessionKey, now: Now, glance: Glance | undefined): NameState {
  if (now.running !== undefined) return "running";
  if (now.window !== undefined) return "window";
  if (now.queued > 0) return "queued";
  if (glance === undefined) return "free";
  const { last, isUnread } = glance;
  if (isLost(context, key, last.transcript?.path)) return "lost";
  // Who has cancelled a turn knows that it has ended.
  if (last.outcome !== "succeeded") return last.outcome === "cancelled" ? "free" : "failed";
  return isUnread ? "unread" : "free";
}

/** Whether nothing is left of a transcript that was there. */
function isLost(context: Context, { agent, sessionId }: SessionKey, path: string | undefined): boolean {
  // What machines share is kept by the store: the files may be on another one.
  if (context.line !== undefined) return false;
  if (path === undefined || fileState(path) !== undefined) return false;
  return transcriptOrCopy(context, context.findAgent(agent), sessionId) === undefined;
}

const MOST_CHARACTERS = 120;

/** Returns the beginning of a text on one line; undefined if it has no words. */
function firstWords(text: string | undefined): string | undefined {
  // Whatever a character is, this many of them have enough. Single spaces are passed over: a list has thousands of them.
  const line = (text ?? "")
    .slice(0, 4 * MOST_CHARACTERS)
    .toWellFormed()
    .replaceAll(/[^\S ]\s*|\s{2,}/g, " ")
    .trim()
    .slice(0, 2 * MOST_CHARACTERS);
  if (line === "") return undefined;
  const hasPairs = /[\ud800-\udfff]/.test(line);
  return hasPairs ? [...line].slice(0, MOST_CHARACTERS).join("") : line.slice(0, MOST_CHARACTERS);
}
