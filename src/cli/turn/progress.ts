import { type Activity, ActivityWatch } from "../../domain/turn/activity.ts";
import type { TurnEvent } from "../../domain/turn/turn.ts";
import { formatElapsed, formatTokens } from "../output/numbers.ts";

/** What a turn is doing now, as one line for people. */
export class Progress {
  private readonly activity = new ActivityWatch();
  /** Tokens that the model has written, by answer. */
  private readonly written = new Map<string, number>();

  constructor(private readonly startedAtMs: number) {}

  take(event: TurnEvent): void {
    this.activity.take(event);
    if (event.type === "usage")
      this.written.set(event.answerId ?? `answer ${this.written.size}`, event.outputTokens);
  }

  /** Returns the line, cut to the given number of columns. */
  lineFor(nowMs: number, columns: number): string {
    const parts = [`${formatElapsed(nowMs - this.startedAtMs)}  ${describeActivity(this.activity.now)}`];
    const tokens = [...this.written.values()].reduce((sum, count) => sum + count, 0);
    if (tokens > 0) parts.push(`${formatTokens(tokens)} tokens out`);
    return fit(parts.join("  ·  "), columns);
  }
}

/** Cuts a line so that it can't wrap. Every character that may take two columns counts as two. */
function fit(line: string, columns: number): string {
  const widthOf = (character: string) => (character >= "\u1100" ? 2 : 1);
  let width = 0;
  let kept = "";
  for (const character of line) {
    width += widthOf(character);
    if (width > columns) return kept.trimEnd();
    kept += character;
  }
  return kept;
}

/** Describes what an agent is doing, in a few words. */
export function describeActivity(activity: Activity): string {
  if (activity.what === "tool") {
    const { tools, about = "" } = activity;
    return `${tools.map(readable).join(", ")} ${inline(about)}`.trimEnd();
  }
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

/** Returns what a tool works on without characters that a terminal would obey. */
function inline(about: string): string {
  return about.replaceAll(/[\p{C}\s]+/gu, " ").trim();
}

/** Returns an agent's words on one line, without characters that a terminal would obey. */
function readable(words: string): string {
  return inline(words.replaceAll("_", " "));
}
