import type { SessionKey } from "../../domain/session/session.ts";
import type { Continuity } from "../../domain/turn/turn.ts";
import type { Context } from "../context.ts";

/** One conversation in the line that a name's conversation comes from. */
export interface Ancestor {
  sessionId: string;
  /** How it began; absent where no turn of ours began it. */
  began?: Continuity;
  /** When that was; ISO 8601. */
  at?: string;
}

/** A conversation and those it came from, by forks, `/clear`, rotations or as a fresh start; the newest first. */
export async function lineageOf(context: Context, { agent, sessionId }: SessionKey): Promise<Ancestor[]> {
  const line: Ancestor[] = [];
  const seen = new Set<string>();
  for (let id: string | undefined = sessionId; id !== undefined && !seen.has(id); ) {
    seen.add(id);
    const record = await context.store.session({ agent, sessionId: id }).record();
    const { began, createdAt } = record ?? {};
    line.push({
      sessionId: id,
      ...(began === undefined ? {} : { began }),
      ...(createdAt === undefined ? {} : { at: createdAt }),
    });
    id = record?.parentId;
  }
  return line;
}

/** The same without what came before a fork: those whose turns are the conversation's own. */
export async function ownKeysOf(context: Context, key: SessionKey): Promise<SessionKey[]> {
  const line = await lineageOf(context, key);
  const fork = line.findIndex(({ began }) => began === "forked");
  const own = line.slice(0, fork < 0 ? line.length : fork + 1);
  return own.map(({ sessionId }) => ({ agent: key.agent, sessionId }));
}
