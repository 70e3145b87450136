import { AppError } from "../../domain/errors.ts";
import { isAmong, type Workspaces } from "../../domain/names/workspaces.ts";
import { WordFinder } from "../../domain/search/match.ts";
import { needlesOf } from "../../domain/search/needles.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import { findFiles } from "../../system/files/find.ts";
import { LineScanner } from "../../system/lines/scan.ts";
import type { Context } from "../context.ts";
import { exchangesIn } from "../conversation/exchanges-in.ts";
import { readBeginning, searchedAgents } from "../names/conversations.ts";
import { NamesOfSessions } from "../names/tables.ts";
import { findIn, Newest, type Said } from "./found.ts";

/** A conversation without a name, and its last exchange that has all words. */
export interface FoundUnnamed extends Said {
  key: SessionKey;
  workspace: string;
  /** When it was last written to; ISO 8601. */
  at: string;
  next: string;
}

/** Searches the agents' transcripts of conversations that have no name: prompts and answers, but no work of tools. */
export async function searchUnnamed(
  context: Context,
  request: {
    words: readonly string[];
    workspace: Workspaces;
    agent?: string | undefined;
    since?: Date | undefined;
  },
  most: number,
): Promise<FoundUnnamed[]> {
  const newest = new Newest<FoundUnnamed>(most);
  const { words, workspace, since } = request;
  const finder = new WordFinder(words);
  const scanner = new LineScanner(needlesOf(words));
  const names = await NamesOfSessions.of(context, context.cwd);
  const only = typeof workspace === "string" ? workspace : undefined;
  for (const agent of searchedAgents(context, request.agent)) {
    const { root, folders, sessionIdOf } = agent.conversations.place(only, context.env);
    for (const { path, name, changedMs } of findFiles(
      root,
      folders,
      (one) => sessionIdOf(one) !== undefined,
    )) {
      const at = new Date(changedMs).toISOString();
      if (changedMs < (since?.getTime() ?? 0) || at <= newest.oldest) break;
      const key = { agent: agent.name, sessionId: sessionIdOf(name) ?? "" };
      if (names.of(key).length > 0 || !isIn(scanner, path)) continue;
      const begun = readBeginning(agent, path, (cwd) => isAmong(workspace, cwd));
      if (begun === undefined) continue;
      const said = lastIn(finder, exchangesIn(agent, path, Number.POSITIVE_INFINITY).exchanges);
      if (said === undefined) continue;
      const { beganIn } = begun;
      const next = context.wording.step("adopt", { name: "NAME", ...key, workspace: beganIn });
      newest.add({ key, workspace: beganIn, at, next, ...said });
    }
  }
  return newest.inOrder();
}

/** A file of another user, or one that is gone by now, has nothing that could be continued. */
function isIn(scanner: LineScanner, path: string): boolean {
  try {
    return scanner.isIn(path);
  } catch (error) {
    if (error instanceof AppError || (error instanceof Error && "code" in error)) return false;
    throw error;
  }
}

function lastIn(
  finder: WordFinder,
  exchanges: readonly { prompt: string; answer?: string }[],
): Said | undefined {
  for (const { prompt, answer: text = "" } of exchanges.toReversed()) {
    const said = findIn(finder, { prompt, text });
    if (said !== undefined) return said;
  }
  return undefined;
}
