import { dateOf, editsOf, timeOf } from "./log.ts";
import type { NameEdit, NameEntry, NameReason } from "./name.ts";

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
  for (const { edit, before } of editsAndIds(lines)) {
    if (edit.op === "set" && edit.entry.sessionId === sessionId && OF_A_TURN.has(edit.reason)) return true;
    if (edit.op === "used" && before === sessionId) return true;
  }
  return false;
}

const OF_A_TURN: ReadonlySet<NameReason> = new Set(["create", "replace", "fresh", "turn"]);

/**
 * Returns when a name log last mentioned each session id, in milliseconds: when a name was pointed at it,
 * used with it, or taken away from it.
 */
export function lastMentions(lines: readonly unknown[]): Map<string, number> {
  const mentions = new Map<string, number>();
  for (const { edit, before, atMs } of editsAndIds(lines)) {
    if (Number.isNaN(atMs)) continue;
    for (const id of [before, edit.op === "set" ? edit.entry.sessionId : undefined])
      if (id !== undefined) mentions.set(id, Math.max(mentions.get(id) ?? atMs, atMs));
  }
  return mentions;
}

/** Yields the edits of names, with their time and what the name pointed at before. */
function* editsAndIds(
  lines: readonly unknown[],
): Generator<{ edit: NameEdit; before: string | undefined; atMs: number }> {
  const ids = new Map<string, string>();
  for (const line of lines) {
    const atMs = timeOf(line);
    for (const edit of editsOf([line])) {
      if (edit.op === "reserve" || edit.op === "unreserve") continue;
      const name = edit.op === "set" ? edit.entry.name : edit.name;
      yield { edit, before: ids.get(name), atMs };
      if (edit.op === "set") ids.set(name, edit.entry.sessionId);
      else if (edit.op === "remove") ids.delete(name);
    }
  }
}
