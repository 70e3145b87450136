import type { ListedMove } from "../../app/names/reflog.ts";
import type { NameReason } from "../../domain/names/name.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

/** One move of a name: when it came to point at something else, or at nothing. */
export interface Move {
  /** How many moves ago; 0 is how things are now. `restore` takes it. */
  movesAgo: number;
  /** ISO 8601; empty where the name log does not say. */
  at: string;
  reason: NameReason;
  /** Absent where the move took the name away. */
  sessionId?: string;
  model?: string;
  effort?: string;
  /** Present where the name began as another. */
  renamedFrom?: string;
  /** Present where it went on as another. */
  renamedTo?: string;
  /** Whether the name can be pointed there again; absent where the move took it away. */
  isKept?: boolean;
}

export function moveOf({ entry, ...move }: ListedMove): Move {
  const { sessionId, lastModel: model, lastEffort: effort } = entry ?? {};
  return { ...move, ...withoutUndefined({ sessionId, model, effort }) };
}
