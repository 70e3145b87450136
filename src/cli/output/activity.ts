import type { Activity } from "../../domain/turn/activity.ts";

/** What an agent does, in a few words. */
export function describeActivity(activity: Activity): string {
  if (activity.what === "tool") return activity.tools.map(readable).join(", ");
  return activity.what === "retry" ? describeRetry(activity) : activity.what;
}

function describeRetry({ attempt, of, reason }: Extract<Activity, { what: "retry" }>): string {
  const count = attempt === 0 ? "" : ` ${attempt}${of === undefined ? "" : ` of ${of}`}`;
  // A bare number may be a port; a status stands first or is called one.
  const status = /(?:^|\bstatus:? )([45]\d\d)\b/.exec(reason)?.[1];
  if (status !== undefined) return `retry${count} after ${status}`;
  const words = readable(reason);
  return words === "" ? `retry${count}` : `retry${count}: ${words}`;
}

/** An agent's words on one line, without anything that a terminal would obey. */
function readable(words: string): string {
  return words.replaceAll(/[\p{C}\s_]+/gu, " ").trim();
}
