import { editsOf, timeOf } from "./log.ts";

/**
 * Returns when a name log last mentioned each session id, in milliseconds: when a name was pointed at it,
 * used with it, or taken away from it.
 */
export function lastMentions(lines: readonly unknown[]): Map<string, number> {
  const mentions = new Map<string, number>();
  const ids = new Map<string, string>();
  for (const line of lines) {
    const atMs = timeOf(line);
    const mention = (id: string | undefined) => {
      if (id !== undefined && !Number.isNaN(atMs)) mentions.set(id, Math.max(mentions.get(id) ?? atMs, atMs));
    };
    for (const edit of editsOf([line])) {
      if (edit.op === "set") {
        mention(ids.get(edit.entry.name));
        mention(edit.entry.sessionId);
        ids.set(edit.entry.name, edit.entry.sessionId);
      } else if (edit.op === "used" || edit.op === "remove") {
        mention(ids.get(edit.name));
        if (edit.op === "remove") ids.delete(edit.name);
      }
    }
  }
  return mentions;
}
