import type { Agent } from "../../domain/agent/agent.ts";
import type { ConversationSearch } from "../../domain/agent/places.ts";
import { oneLine } from "../../domain/checkpoint/clip.ts";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { findFiles } from "../../system/files/find.ts";
import { readHead } from "../../system/lines/read.ts";
import { requireFolder, resolveWorkspace } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { NamesOfSessions, type PlacedName } from "./tables.ts";

/** How much of a transcript is read for its beginning: codex 0.169.0 writes 32 kB before the first prompt. */
const HEAD_BYTES = 256 * 1024;
const PROMPT_LENGTH = 200;
const LIMIT = 20;

/** A conversation that an agent has on disk, whether or not we began it. */
export interface FoundConversation {
  agent: string;
  sessionId: string;
  /** The folder it began in. */
  beganIn: string;
  /** Its first prompt, on one line and shortened; absent if it is not among the first lines. */
  firstPrompt?: string;
  /** When its transcript was last written to; ISO 8601. */
  usedAt: string;
  transcript: string;
}

/** The same with its names. */
export interface ListedConversation extends FoundConversation {
  /** Its names, those of the workspace first. */
  names: readonly PlacedName[];
}

/** The agents' own conversations of a workspace. */
export interface FoundConversations {
  /** The agents that were searched: only those whose conversations can be found by their files. */
  agents: string[];
  /** Newest first. */
  conversations: ListedConversation[];
  /** Whether there are more than the limit. */
  hasMore: boolean;
}

/** Returns the agents' own conversations that began in some folders, without those that an agent began for its own work. */
export async function conversations(
  context: Context,
  request: {
    workspace: string;
    /** Default: the workspace. */
    beganIn?: readonly string[];
    agent?: string | undefined;
    limit?: number | undefined;
  },
): Promise<FoundConversations> {
  const { workspace, beganIn = [workspace], limit = LIMIT } = request;
  const agents = searchedAgents(context, request.agent);
  const found: FoundConversation[] = [];
  for (const agent of agents) {
    for (const folder of beganIn) {
      let count = 0;
      for (const conversation of findConversations(context, agent, folder)) {
        found.push(conversation);
        count += 1;
        if (count > limit) break;
      }
    }
  }
  // A workspace that was moved or deleted may still have conversations.
  if (found.length === 0) requireFolder(workspace);
  found.sort((left, right) => (left.usedAt < right.usedAt ? 1 : -1));
  const names = await NamesOfSessions.of(context, workspace);
  return {
    agents: agents.map(({ name }) => name),
    conversations: found.slice(0, limit).map((one) => ({ ...one, names: names.of(one) })),
    hasMore: found.length > limit,
  };
}

/** Returns the last used conversation that began in one of some folders and has no name in any workspace. */
export async function newestUnnamed(
  context: Context,
  beganIn: readonly string[],
  agentName: string | undefined,
): Promise<FoundConversation | undefined> {
  const names = await NamesOfSessions.of(context, beganIn[0] ?? context.cwd);
  // A running create is about to name the conversation that it has begun.
  const begun = new Set(
    (await context.runner.unended({})).map(({ sessionId, chosenId }) => sessionId ?? chosenId),
  );
  let newest: FoundConversation | undefined;
  for (const agent of searchedAgents(context, agentName)) {
    for (const folder of beganIn) {
      for (const found of findConversations(context, agent, folder)) {
        if (names.of(found).length > 0 || begun.has(found.sessionId)) continue;
        if (newest === undefined || found.usedAt > newest.usedAt) newest = found;
        break;
      }
    }
  }
  return newest;
}

type SearchedAgent = Agent & { readonly conversations: ConversationSearch };

/** Returns the agents whose conversations can be found by their files. @throws AppError `unsupported` */
export function searchedAgents(context: Context, name: string | undefined): SearchedAgent[] {
  const canSearch = (agent: Agent): agent is SearchedAgent => agent.conversations !== undefined;
  if (name === undefined) return context.agents.filter(canSearch);
  const agent = context.chooseAgent(name);
  if (canSearch(agent)) return [agent];
  throw new AppError("unsupported", `The conversations of ${agent.title} can't be found by their files.`, {
    hint: `Give the conversation's id: ${context.wording.step("adopt", { name: "NAME", sessionId: "SESSION_ID" })}`,
  });
}

/** Yields the conversations of an agent that began in a workspace, the last used first; searches lazily. */
function* findConversations(
  context: Context,
  agent: SearchedAgent,
  workspace: string,
): Generator<FoundConversation> {
  const { root, folders, sessionIdOf } = agent.conversations.place(workspace, context.env);
  const folderNames = new Map<string, boolean>();
  const isHere = (cwd: string) => {
    const known = folderNames.get(cwd) ?? resolveWorkspace(cwd, workspace) === workspace;
    folderNames.set(cwd, known);
    return known;
  };
  for (const { path, name, changedMs } of findFiles(
    root,
    folders,
    (file) => sessionIdOf(file) !== undefined,
  )) {
    const beginning = readBeginning(agent, path, isHere);
    if (beginning === undefined) continue;
    yield {
      agent: agent.name,
      sessionId: sessionIdOf(name) ?? "",
      ...beginning,
      usedAt: new Date(changedMs).toISOString(),
      transcript: path,
    };
  }
}

/** Reads the beginning of a transcript; undefined for a conversation that does not match. */
export function readBeginning(
  agent: Agent,
  path: string,
  isMeant: (cwd: string) => boolean,
): Pick<FoundConversation, "beganIn" | "firstPrompt"> | undefined {
  let beganIn: string | undefined;
  try {
    for (const line of readHead(path, HEAD_BYTES)) {
      const value = parseJson(line);
      if (beganIn === undefined) {
        const origin = agent.conversations?.readOrigin(value);
        if (origin?.isSideWork || (origin !== undefined && !isMeant(origin.cwd))) return undefined;
        beganIn = origin?.cwd;
      }
      const event = agent.readTranscript?.(value);
      // A conversation that `/clear` has begun has `/clear` as its first prompt.
      if (beganIn !== undefined && event?.type === "prompt" && !agent.startsOver(event.text))
        return { beganIn, firstPrompt: oneLine(event.text, PROMPT_LENGTH) };
    }
  } catch (error) {
    // The file belongs to another user, or is gone by now.
    if (!(error instanceof AppError)) throw error;
    return undefined;
  }
  return beganIn === undefined ? undefined : { beganIn };
}
