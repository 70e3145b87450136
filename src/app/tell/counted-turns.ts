import type { SessionKey } from "../../domain/session/session.ts";
import type { SessionStore } from "../../domain/store.ts";
import type { Usage } from "../../domain/turn/usage.ts";

/** A turn as far as its cost is concerned. */
export interface CountedTurn {
  turnId: string;
  at: string;
  name: string;
  agent: string;
  model: string;
  /** Absent if the turn did not report it. */
  usage: Usage | undefined;
}

/** By conversation, what its journal had when it was of this size. */
type Known = Map<string, { size: number; turns: readonly CountedTurn[] }>;

/** A process that lives on asks for the costs again and again, and most journals have not grown meanwhile. */
const KNOWN = new WeakMap<SessionStore, Known>();

/** Returns the turns of a conversation, oldest first. Reads its journal only if that has grown since the last time. */
export async function countedTurns(store: SessionStore, key: SessionKey): Promise<readonly CountedTurn[]> {
  const known: Known = KNOWN.get(store) ?? new Map();
  KNOWN.set(store, known);
  const id = `${key.agent}\0${key.sessionId}`;
  const { journal } = store.session(key);
  // Measured before the journal is read: a turn that ends in between makes it larger than this.
  const size = await journal.size();
  const before = known.get(id);
  if (before?.size === size) return before.turns;
  const turns = (await journal.read()).map(
    ({ turnId, at, name = "(no name)", model = "", usage }): CountedTurn => ({
      turnId,
      at,
      name,
      agent: key.agent,
      model,
      usage,
    }),
  );
  known.set(id, { size, turns });
  return turns;
}
