import type { Agent } from "../../domain/agent/agent.ts";
import {
  type Exchange,
  exchangesOfOthers,
  type PlacedTurn,
  placeExchanges,
} from "../../domain/agent/place-exchanges.ts";
import { AppError } from "../../domain/errors.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import type { SessionKey, TurnEnded } from "../../domain/session/session.ts";
import { type FileState, fileState } from "../../system/files/keep.ts";
import type { Context } from "../context.ts";
import { type Conversation, readConversation } from "../conversation/conversation.ts";
import { type ExchangesIn, exchangesIn } from "../conversation/exchanges-in.ts";
import { findTranscript, transcriptOrCopy } from "../conversation/transcript.ts";

/** A prompt that was not a turn of ours, and its answer. */
export interface SaidByOthers {
  prompt: string;
  /** Absent if the agent said nothing. */
  text?: string | undefined;
}

/** Something that was said in a conversation and is not a turn of its history. */
export interface LeftOut {
  /** `outside`: in a window, by another program, or before an adoption; `before_fork`: in the parent. */
  kind: "outside" | "before_fork";
  /** The number of exchanges. Absent if it is unknown how many there are, or whether there are any. */
  exchanges?: number | undefined;
  /** These exchanges, in order. Absent if they can't be read. */
  said?: SaidByOthers[] | undefined;
  /**
   * The turns before and after it. If both are absent, it is unknown whether it was said before, between or
   * after the turns, unless `at` says so.
   */
  afterTurnId?: string | undefined;
  beforeTurnId?: string | undefined;
  /** The conversation that contains it; for `before_fork`, the parent. */
  sessionId: string;
  /** The parent's name, if it has one in this workspace. */
  name?: string | undefined;
  /** The absolute path of the agent's transcript that contains it. Absent if the transcript is gone. */
  transcriptPath?: string | undefined;
  /** The number of turns of the history before it; absent if that is unknown. */
  at?: number | undefined;
}

/**
 * A conversation and its transcript, to be read before the lists of our turns: every turn in the transcript is
 * then in the lists.
 */
export interface LookedAt extends Conversation {
  transcript: (FileState & { path: string }) | undefined;
}

export async function lookAt(context: Context, key: SessionKey): Promise<LookedAt> {
  const conversation = await readConversation(context, key);
  return { ...conversation, transcript: transcriptOf(context, key, findTranscript(conversation)) };
}

/** Returns what the transcript contains besides our turns, those that have ended and those that have `begun`. */
export async function leftOutIn(
  context: Context,
  { agent, key, record, known, transcript }: LookedAt,
  turns: readonly TurnEnded[],
  begun: readonly UnendedTurn[],
): Promise<LeftOut[]> {
  const { sessionId } = key;
  const untold: LeftOut = { kind: "outside", sessionId, transcriptPath: transcript?.path };
  if (transcript === undefined) {
    // The agent never wrote a transcript of a conversation that we have begun: nothing is missing.
    return known.transcript === undefined && record?.began !== undefined ? [] : [untold];
  }
  const found = read(agent, transcript);
  if (found === undefined) return [untold];
  const { exchanges, base } = found;
  const underWay = begun.filter((turn) => !turns.some(({ turnId }) => turnId === turn.turnId));
  const prompts = await Promise.all(underWay.map(({ turnId }) => context.runner.prompt(turnId)));
  const own = [...placedTurns(agent, turns, transcript), ...prompts.map(placeUnderWay)];
  const places = own.some(({ end }) => Number.isNaN(end)) ? undefined : placeExchanges(exchanges, own);
  const copied = base === undefined && (record?.began === "forked" || record?.began === "rotated");
  if (places === undefined) {
    if (copied) return [untold];
    const others = exchangesOfOthers(exchanges, own);
    const outside: LeftOut = { ...untold, ...saidIn(others) };
    return [...beforeFork(context, key, base), ...(others.length === 0 ? [] : [outside])];
  }
  const gaps: LeftOut[] = [...beforeFork(context, key, base)];
  for (const [at, others] of joinFrom(places, turns.length).entries()) {
    if (others.length === 0) continue;
    const isInCopy = (one: Exchange) => copied && at === 0 && one.at < (record?.copiedBytes ?? one.at + 1);
    const inCopy = others.filter(isInCopy);
    const outside = others.filter((one) => !isInCopy(one));
    if (inCopy.length > 0 && record?.began === "forked")
      gaps.push(copiedFrom(context, key, record.parentId ?? sessionId, inCopy));
    if (outside.length > 0) gaps.push({ ...untold, ...saidIn(outside), at });
  }
  return gaps;
}

/** Joins what was said around running turns with what came after the last ended turn. */
function joinFrom(places: readonly Exchange[][], at: number): Exchange[][] {
  return [...places.slice(0, at), places.slice(at).flat()];
}

function saidIn(exchanges: readonly Exchange[]): Pick<LeftOut, "exchanges" | "said"> {
  const said = exchanges.map(({ prompt, answer: text }) => ({ prompt, text }));
  return { exchanges: said.length, said };
}

/**
 * Returns where the turns end in the transcript. An offset in another file, or beyond the file's end, becomes
 * NaN.
 */
function placedTurns(agent: Agent, turns: readonly TurnEnded[], found: FileState): PlacedTurn[] {
  let end = 0;
  return turns.map(({ prompt, transcript, outcome, isPromptKept, hasRun }) => {
    if (transcript !== undefined) {
      const { inode, bytes } = transcript;
      end = inode === found.inode && bytes >= end && bytes <= found.bytes ? bytes : Number.NaN;
    }
    const isThere = hasRun ?? isPromptKept ?? (outcome === "succeeded" ? true : undefined);
    return { prompt, end, isThere: isThere && !agent.keepsWords(prompt) ? undefined : isThere };
  });
}

function placeUnderWay(prompt = ""): PlacedTurn {
  return { prompt, end: Number.POSITIVE_INFINITY, isThere: undefined };
}

/** Returns what was said before a fork, if the agent keeps that only in the parent's transcript. */
function beforeFork(context: Context, key: SessionKey, base: ExchangesIn["base"]): LeftOut[] {
  if (base === undefined) return [];
  const parent = { agent: key.agent, sessionId: base.sessionId };
  const transcript = transcriptOf(context, parent);
  const exchanges = baseOf(context, key.agent, base, new Set());
  if (exchanges?.length === 0) return [];
  const { sessionId } = parent;
  const said = exchanges === undefined ? { exchanges } : saidIn(exchanges);
  return [{ kind: "before_fork", ...said, sessionId, transcriptPath: transcript?.path, at: 0 }];
}

/** Does the same for a fork that begins with a copy. */
function copiedFrom(
  context: Context,
  key: SessionKey,
  parentId: string,
  exchanges: readonly Exchange[],
): LeftOut {
  const parent = transcriptOf(context, { ...key, sessionId: parentId });
  const transcript = parent ?? transcriptOf(context, key);
  const transcriptPath = transcript?.path;
  return { kind: "before_fork", ...saidIn(exchanges), sessionId: parentId, transcriptPath, at: 0 };
}

/** Returns what a transcript only refers to; undefined if that can't be read. */
function baseOf(
  context: Context,
  agentName: string,
  { sessionId, bytes }: NonNullable<ExchangesIn["base"]>,
  seen: Set<string>,
): Exchange[] | undefined {
  const transcript = transcriptOf(context, { agent: agentName, sessionId });
  if (transcript === undefined || bytes === undefined || seen.has(sessionId)) return undefined;
  const found = read(context.findAgent(agentName), { ...transcript, bytes });
  if (found === undefined || bytes > transcript.bytes) return undefined;
  const before = found.base === undefined ? [] : baseOf(context, agentName, found.base, seen.add(sessionId));
  return before && [...before, ...found.exchanges];
}

/** Returns the agent's own transcript, else our copy. */
function transcriptOf(
  context: Context,
  key: SessionKey,
  own?: string,
): (FileState & { path: string }) | undefined {
  const path = transcriptOrCopy(context, context.findAgent(key.agent), key.sessionId, own);
  const found = path === undefined ? undefined : fileState(path);
  return path === undefined || found === undefined ? undefined : { path, ...found };
}

/** Returns undefined if the file belongs to another user, or is gone by now. */
function read(agent: Agent, { path, bytes }: { path: string; bytes: number }): ExchangesIn | undefined {
  try {
    return exchangesIn(agent, path, bytes);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return undefined;
  }
}
