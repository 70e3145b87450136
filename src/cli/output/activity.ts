import type { Activity } from "../../domain/turn/activity.ts";

/** Describes what an agent is doing, in a few words. */
export function describeActivity(activity: Activity): string {
  if (activity.what === "tool") return activity.tools.map(readable).join(", ");
  return activity.what === "retry" ? describeRetry(activity) : activity.what;
}

function describeRetry({ attempt, of, reason }: Extract<Activity, { what: "retry" }>): string {
  const count = attempt === 0 ? "" : ` ${attempt}${of === undefined ? "" : ` of ${of}`}`;
  // A number elsewhere may be a port. A status is at the beginning or follows the word "status".
  const status = /(?:^|\bstatus:? )([45]\d\d)\b/.exec(reason)?.[1];
  if (status !== undefined) return `retry${count} after ${status}`;
  const words = readable(reason);
  return words === "" ? `retry${count}` : `retry${count}: ${words}`;
}

/** Returns an agent's words on one line, without characters that a terminal would obey. */
function readable(words: string): string {
  return words.replaceAll(/[\p{C}\s_]+/gu, " ").trim();
}
