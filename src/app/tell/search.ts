import type { AppError } from "../../domain/errors.ts";
import { isAmong, type Workspaces } from "../../domain/names/workspaces.ts";
import { WordFinder } from "../../domain/search/match.ts";
import type { Snippet } from "../../domain/search/snippet.ts";
import { wordsToFind } from "../../domain/search/words.ts";
import type { SessionKey, TurnEnded } from "../../domain/session/session.ts";
import type { Outcome } from "../../domain/turn/turn.ts";
import type { Context } from "../context.ts";
import { LastNames } from "../names/last-name.ts";
import { findIn, Newest } from "./found.ts";
import { type FoundUnnamed, searchUnnamed } from "./search-unnamed.ts";

export interface SearchRequest {
  /** A turn is a hit if its prompt and its answer together have all of them. Each may have blanks, as a phrase has. */
  words: readonly string[];
  workspace: Workspaces;
  agent?: string | undefined;
  /** Only what was said since then. */
  since?: Date | undefined;
  /** At most so many hits. Default: 20. */
  limit?: number | undefined;
  /** Search the agents' own transcripts of conversations that have no name, instead of our journals. */
  isUnnamed?: boolean | undefined;
}

/** A turn that has all the words; of a conversation without a name, the last exchange that does. */
export interface SearchHit {
  /** The name of the conversation, or the last name that it had. Absent if it never had one. */
  name?: string | undefined;
  /** Whether that name is removed by now. */
  isRemoved: boolean;
  agent: string;
  workspace: string;
  sessionId: string;
  /** Absent in a conversation without a name. */
  turnId?: string | undefined;
  /** When the turn ended; of a conversation without a name, when it was last written to. ISO 8601. */
  at: string;
  outcome?: Outcome | undefined;
  /** Where the snippet comes from. */
  saidIn: "prompt" | "answer";
  snippet: Snippet;
  /** What continues the conversation, as this surface words it: send, restore for a removed name, or adopt. */
  next: string;
}

/** What a search has found. */
export interface SearchResult {
  /** Newest first. */
  hits: SearchHit[];
  /** Whether there are more than the limit. */
  hasMore: boolean;
}

/** How many hits there are without a limit. */
const USUAL_LIMIT = 20;

/** Clocks of machines that share a state home differ; a file may have got the time of another one. */
const DOUBT_MS = 24 * 60 * 60 * 1000;

/**
 * Finds what was said in turns that have ended, in their prompts and answers. All words must be in one turn.
 *
 * @throws AppError `usage` without a word; `unsupported` for an agent without transcripts that can be found
 */
export async function search(context: Context, request: SearchRequest): Promise<SearchResult> {
  const words = wordsToFind(request.words);
  const { limit = USUAL_LIMIT } = request;
  const look = request.isUnnamed ? searchUnnamed : searchJournals;
  // One more than is shown tells whether there are more.
  const found: (Found | FoundUnnamed)[] = await look(context, { ...request, words }, limit + 1);
  const names = new LastNames(context);
  const hits: SearchHit[] = [];
  for (const one of found.slice(0, limit)) hits.push(await hitOf(names, one));
  return { hits, hasMore: found.length > limit };
}

/** A turn that has all words. */
interface Found {
  key: SessionKey;
  workspace: string;
  at: string;
  turn: TurnEnded;
  saidIn: SearchHit["saidIn"];
  snippet: Snippet;
}

async function searchJournals(
  context: Context,
  { words, workspace, agent, since }: SearchRequest,
  most: number,
): Promise<Found[]> {
  const newest = new Newest<Found>(most);
  const { store, runner, notify } = context;
  context.agentsOf(agent);
  await runner.refresh({ workspace });
  const finder = new WordFinder(words);
  const sinceAt = since?.toISOString() ?? "";
  const leaveOut = ({ message }: AppError) => notify(`Some turns are not searched. ${message}`);
  for await (const { key, writtenMs, turns } of store.turnsWith({ words, agent }, leaveOut)) {
    const tooLate = newest.oldest > sinceAt ? newest.oldest : sinceAt;
    if (tooLate !== "" && writtenMs + DOUBT_MS < Date.parse(tooLate)) break;
    let where: string | undefined;
    for (const turn of turns) {
      if (turn.at < sinceAt || turn.at <= newest.oldest) break;
      const said = findIn(finder, turn);
      if (said === undefined) continue;
      where ??= (await store.session(key).record())?.workspace;
      // Without a record the conversation is being deleted.
      if (where === undefined || !isAmong(workspace, where)) break;
      newest.add({ key, workspace: where, at: turn.at, turn, ...said });
    }
  }
  return newest.inOrder();
}

async function hitOf(names: LastNames, found: Found | FoundUnnamed): Promise<SearchHit> {
  const { key, workspace, at, saidIn, snippet } = found;
  if ("next" in found) return { isRemoved: false, ...key, workspace, at, saidIn, snippet, next: found.next };
  const { turnId, outcome, name: nameThen } = found.turn;
  const { name, isRemoved, next } = await names.of(key, workspace, nameThen);
  return { name, isRemoved, ...key, workspace, turnId, at, outcome, saidIn, snippet, next };
}
