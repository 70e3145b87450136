import type { ListedMove } from "../../app/names/reflog.ts";
import type { NameReason } from "../../domain/names/name.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

/** One move of a name: when it came to point at something else, or at nothing. */
export interface Move {
  /** How many moves ago; 0 is the present state. `restore` takes this number. */
  movesAgo: number;
  /** ISO 8601; empty if the name log does not have the time. */
  at: string;
  reason: NameReason;
  /** Absent if the move removed the name. */
  sessionId?: string;
  model?: string;
  effort?: string;
  /** The earlier name, if this move renamed it to the present one. */
  renamedFrom?: string;
  /** The later name, if this move renamed it. */
  renamedTo?: string;
  /** Whether the name can point at this conversation again; absent if the move removed the name. */
  isKept?: boolean;
}

export function moveOf({ entry, ...move }: ListedMove): Move {
  const { sessionId, lastModel: model, lastEffort: effort } = entry ?? {};
  return { ...move, ...withoutUndefined({ sessionId, model, effort }) };
}
