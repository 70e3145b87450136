import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { fileState } from "../../system/files/keep.ts";
import type { Context } from "../context.ts";
import { exchangesIn } from "../conversation/exchanges-in.ts";
import { locateTranscript } from "../conversation/transcript.ts";
import { readBeginning } from "../names/conversations.ts";

/** A part of a conversation's transcript. */
export interface TranscriptPart {
  sessionId: string;
  /** Absent where there was no transcript when the part began. */
  path: string | undefined;
  from: number;
  to: number;
}

/** Returns an empty part that begins at the transcript's present end. */
export function partFromNow(context: Context, agent: Agent, sessionId: string): TranscriptPart {
  const path = locateTranscript(context, agent, sessionId);
  const size = sizeNow({ path }) ?? 0;
  return { sessionId, path, from: size, to: size };
}

/** Returns the transcript's size; undefined without a transcript, or where it can't be read. */
export function sizeNow({ path }: Pick<TranscriptPart, "path">): number | undefined {
  try {
    return path === undefined ? undefined : fileState(path)?.bytes;
  } catch {
    return undefined;
  }
}

/**
 * Whether something was said in a part of a transcript; undefined where that is unknown. Conversations that
 * an agent began for its own work do not count.
 */
export function isSaidIn(
  context: Context,
  agent: Agent,
  { sessionId, path, from, to }: TranscriptPart,
): boolean | undefined {
  // No other process continues a conversation that has no transcript, so all of it belongs to the part.
  const known = path ?? locateTranscript(context, agent, sessionId);
  if (known === undefined) return undefined;
  const end = path === undefined ? (sizeNow({ path: known }) ?? 0) : to;
  if (end < from) return undefined;
  if (end === from || readBeginning(agent, known, () => true) === undefined) return false;
  try {
    return exchangesIn(agent, known, end).exchanges.some(({ at }) => at >= from);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return undefined;
  }
}
