import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import type { TurnEnded } from "../../domain/session/session.ts";
import { pricesIn } from "../../domain/turn/prices.ts";
import { type CacheLifetime, cacheState, type ModelCall } from "../../domain/turn/prompt-cache.ts";
import { type Counters, growthOf, type Usage } from "../../domain/turn/usage.ts";
import { readTail } from "../../system/lines/read.ts";
import type { Context } from "../context.ts";
import { readConversation } from "../conversation/conversation.ts";
import { findTranscript } from "../conversation/transcript.ts";
import { resolveName } from "../names/resolve.ts";

/** How much of a transcript's end is read: long results of tools may come after the last call. */
const TAIL_BYTES = 1024 * 1024;

/**
 * What the next turn of a conversation reads before it does anything: an estimate, from what the agent has recorded of
 * its last call of the model. The new prompt and the answer come on top.
 */
export interface NextSend {
  /**
   * Whether the service of the model likely still has the conversation in its prompt cache: it reads what it has there
   * faster, and for less. `unknown` where nobody can tell.
   */
  cache: "warm" | "cold" | "unknown";
  /** When the model last read the conversation, ISO 8601; absent if no call is on record. */
  lastReadAt?: string | undefined;
  /** How long the service keeps what nobody reads. Absent if unknown. */
  cacheLifetime?: CacheLifetime | undefined;
  /** The tokens that are read again without the cache. Absent if unknown. */
  coldTokens?: number | undefined;
  /** Whether `coldTokens` is the sum over the calls of a turn: then there may be far fewer. */
  isAtMost: boolean;
  /** What reading them costs without the cache, in dollars. Absent if the agent tells no dollars, or too few to tell. */
  coldUsd?: number | undefined;
  /** What it costs with the cache. */
  warmUsd?: number | undefined;
  /** What the estimate rests on. */
  basis: {
    /** Where the tokens come from: one call in the transcript, the last turn, or nowhere. */
    tokens: "last_call" | "last_turn" | "nothing";
    /** How many sums of dollars the prices explain, all of one model; 0 if there are no prices. */
    pricedTurns: number;
    /** The model that the prices are of. */
    model?: string | undefined;
  };
}

/** Estimates what the next send to a name reads. @throws AppError `no_such_name`, `ambiguous_name` */
export async function nextSend(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined; model?: string | undefined },
): Promise<NextSend> {
  const { scope, entry } = await resolveName(context, request.workspace, request.name, request.agent);
  const conversation = await readConversation(context, { agent: scope.agent, sessionId: entry.sessionId });
  const turns = await conversation.session.journal.read();
  const path = findTranscript(conversation);
  return estimate(conversation.agent, {
    call: path === undefined ? undefined : lastCall(conversation.agent, path),
    turns,
    now: context.now(),
    isOtherModel: request.model !== undefined && request.model !== entry.lastModel,
  });
}

/** The same for whoever has read the conversation already. */
export function estimate(
  agent: Agent,
  {
    call,
    turns,
    now,
    isOtherModel = false,
  }: {
    call: ModelCall | undefined;
    /** Oldest first. */
    turns: readonly TurnEnded[];
    now: Date;
    /** Whether the next turn is of another model, which has a cache of its own. */
    isOtherModel?: boolean;
  },
): NextSend {
  const last = turns.at(-1);
  const read = call ?? (last?.usage && ofTurn(agent, last, last.usage));
  if (read === undefined)
    return { cache: "unknown", isAtMost: false, basis: { tokens: "nothing", pricedTurns: 0 } };
  const lifetime = read.cacheLifetime ?? agent.cacheLifetime;
  const { model, rows } = rowsOf(turns, call?.model);
  const prices = isOtherModel ? undefined : pricesIn(rows);
  const { tokens } = read;
  return {
    cache: isOtherModel ? "cold" : cacheState(now.getTime() - Date.parse(read.at), read, lifetime),
    lastReadAt: read.at,
    cacheLifetime: lifetime,
    coldTokens: tokens,
    isAtMost: call === undefined,
    coldUsd: dollars(
      tokens,
      read.cachedTokens > 0 ? (prices?.cacheWriteTokens ?? prices?.inputTokens) : prices?.inputTokens,
    ),
    warmUsd: dollars(tokens, prices?.cacheReadTokens),
    basis: {
      tokens: call === undefined ? "last_turn" : "last_call",
      pricedTurns: prices === undefined ? 0 : rows.length,
      model: prices === undefined ? undefined : model,
    },
  };
}

/** Returns the last call of the model in the end of a transcript; undefined if it has none there. */
export function lastCall(agent: Agent, path: string): ModelCall | undefined {
  if (agent.readCall === undefined) return undefined;
  let newest: ModelCall | undefined;
  try {
    for (const line of readTail(path, TAIL_BYTES)) newest = agent.readCall(parseJson(line)) ?? newest;
  } catch (error) {
    // The file belongs to another user, or is gone by now.
    if (!(error instanceof AppError) && !(error instanceof Error && "code" in error)) throw error;
  }
  return newest;
}

/** The calls of a turn as one: each of them has read nearly the whole conversation. */
function ofTurn(agent: Agent, { at }: TurnEnded, usage: Usage): ModelCall {
  const cachedTokens = usage.cacheReadTokens + usage.cacheWriteTokens;
  const extra = agent.countsCacheApart ? cachedTokens : 0;
  return { at, tokens: usage.inputTokens + extra + usage.outputTokens, cachedTokens };
}

/** Returns what one model was charged for, turn by turn: that of the last call, else the one that has been charged most. */
function rowsOf(
  turns: readonly TurnEnded[],
  called: string | undefined,
): { model: string | undefined; rows: Usage[] } {
  const rows: Usage[] = [];
  let before: Counters = {};
  const newest = turns.at(-1)?.counters ?? {};
  const model = called !== undefined && called in newest ? called : mainModelOf(newest);
  for (const { counters } of turns) {
    if (counters === undefined) continue;
    const now = model === undefined ? undefined : counters[model];
    if (model !== undefined && now !== undefined) {
      const earlier = before[model];
      const grown = earlier === undefined ? now : (growthOf({ "": earlier }, { "": now }) ?? now);
      if ((grown.costUsd ?? 0) > 0) rows.push(grown);
    }
    before = counters;
  }
  return { model, rows };
}

/** Others do small work beside it. */
function mainModelOf(counters: Counters): string | undefined {
  const models = Object.entries(counters).sort(
    ([, left], [, right]) => (right.costUsd ?? 0) - (left.costUsd ?? 0),
  );
  return models[0]?.[0];
}

function dollars(tokens: number, price: number | undefined): number | undefined {
  return price === undefined ? undefined : Number((tokens * price).toFixed(6));
}
