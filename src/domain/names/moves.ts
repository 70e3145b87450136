import { editsOf } from "./log.ts";
import type { NameEntry, NameReason } from "./name.ts";

/** One move of a name: the time, and what the name has pointed at since. */
export interface NameMove {
  /** ISO 8601; empty if the log does not say. */
  at: string;
  reason: NameReason;
  /**
   * What the name pointed at until the next move, with its latest data from that time; absent when the name
   * was removed.
   */
  entry?: NameEntry;
  /** The old name, if the name began as another one. */
  renamedFrom?: string;
  /** The new name, if the name went on as another one. */
  renamedTo?: string;
}

/**
 * Returns the moves of a name from the lines of a name log, oldest first. A turn that stays in its
 * conversation is no move.
 */
export function movesOf(lines: readonly unknown[], name: string): NameMove[] {
  const moves: NameMove[] = [];
  for (const line of lines) {
    const at = dateOf(line);
    let renamedFrom: string | undefined;
    for (const edit of editsOf([line])) {
      const last = moves.at(-1);
      if (edit.op === "set" && edit.entry.name === name) {
        const { entry, reason } = edit;
        if (last?.entry?.sessionId === entry.sessionId) last.entry = entry;
        else moves.push({ at, reason, entry, ...(renamedFrom === undefined ? {} : { renamedFrom }) });
      } else if (edit.op === "remove" && edit.renamedTo === name) {
        renamedFrom = edit.name;
      } else if (edit.op === "remove" && edit.name === name && last?.entry !== undefined) {
        const { reason, renamedTo } = edit;
        moves.push({ at, reason, ...(renamedTo === undefined ? {} : { renamedTo }) });
      } else if (edit.op === "used" && edit.name === name && last?.entry !== undefined) {
        last.entry = { ...last.entry, usedAt: edit.usedAt };
      }
    }
  }
  return moves;
}

/** Whether a turn of ours has run in a conversation, according to the lines of a name log. */
export function hasHadTurns(lines: readonly unknown[], sessionId: string): boolean {
  const ids = new Map<string, string>();
  for (const edit of editsOf(lines)) {
    if (edit.op === "set") {
      const { name, sessionId: id } = edit.entry;
      if (id === sessionId && OF_A_TURN.has(edit.reason)) return true;
      ids.set(name, id);
    } else if (edit.op === "remove") ids.delete(edit.name);
    else if (edit.op === "used" && ids.get(edit.name) === sessionId) return true;
  }
  return false;
}

const OF_A_TURN: ReadonlySet<NameReason> = new Set(["create", "replace", "fresh", "turn"]);

function dateOf(line: unknown): string {
  if (typeof line !== "object" || line === null || !("at" in line)) return "";
  return typeof line.at === "string" ? line.at : "";
}
