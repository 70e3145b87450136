import type { Agent } from "../../domain/agent/agent.ts";
import { parseJson } from "../../domain/parse-json.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { Continuity } from "../../domain/turn/turn.ts";
import { readHead } from "../../system/lines/read.ts";
import type { Context } from "../context.ts";

/** One conversation in the lineage of a conversation. */
export interface Ancestor {
  sessionId: string;
  /** How the conversation began; absent where no turn of ours began it. */
  began?: Continuity | undefined;
  /** When it began; ISO 8601. */
  at?: string | undefined;
}

/**
 * Returns a conversation and its ancestors, through forks, `/clear`, rotations and fresh starts; the newest
 * first.
 */
export async function lineageOf(context: Context, { agent, sessionId }: SessionKey): Promise<Ancestor[]> {
  const line: Ancestor[] = [];
  const seen = new Set<string>();
  for (let id: string | undefined = sessionId; id !== undefined && !seen.has(id); ) {
    seen.add(id);
    const record = await context.store.session({ agent, sessionId: id }).record();
    line.push({ sessionId: id, began: record?.began, at: record?.createdAt });
    id = record?.parentId;
  }
  return line;
}

/**
 * Returns the lineage back to the newest fork: the conversations whose turns count as this conversation's
 * own.
 */
export async function ownKeysOf(context: Context, key: SessionKey): Promise<SessionKey[]> {
  const line = await lineageOf(context, key);
  const fork = line.findIndex(({ began }) => began === "forked");
  const own = line.slice(0, fork < 0 ? line.length : fork + 1);
  return own.map(({ sessionId }) => ({ agent: key.agent, sessionId }));
}

/** A fork says whose history it has within this much of its transcript. */
const BEGINNING_BYTES = 256 * 1024;

/** Returns the conversation that a fork refers to, and up to which byte of it; undefined for what is no such fork. */
export function trunkOf(agent: Agent, path: string): { from: string; bytes?: number } | undefined {
  for (const line of readHead(path, BEGINNING_BYTES)) {
    const event = agent.readTranscript?.(parseJson(line));
    if (event?.type === "forked") return event;
    if (event?.type === "prompt") return undefined;
  }
  return undefined;
}
