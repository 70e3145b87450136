import type { TurnEvent } from "../domain/turn.ts";
import { formatElapsed, formatTokens } from "./output/numbers.ts";

/** What a turn is doing now, as one line for people. */
export class Progress {
  private doing = "starting";
  private isRetrying = false;
  /** Names of the tools that run, by the id of the call. */
  private readonly tools = new Map<string, string>();
  /** Tokens that the model has written, by answer. */
  private readonly written = new Map<string, number>();

  constructor(private readonly startedAtMs: number) {}

  take(event: TurnEvent): void {
    switch (event.type) {
      case "session":
      case "thinking":
        this.be("thinking");
        break;
      case "text-delta":
        this.tools.clear();
        this.be("answering");
        break;
      case "text":
        // The message is whole; what comes of the model next is not known yet.
        this.tools.clear();
        this.be("thinking");
        break;
      case "tool":
        if (event.phase === "start") this.tools.set(event.id, readable(event.name));
        else this.tools.delete(event.id);
        this.be("thinking");
        break;
      case "retry":
        this.tools.clear();
        this.doing = describeRetry(event);
        this.isRetrying = true;
        break;
      case "usage":
        this.written.set(event.answerId ?? `answer ${this.written.size}`, event.outputTokens);
        if (this.isRetrying) this.be("thinking");
        break;
      case "end":
        this.tools.clear();
        this.be("finishing");
        break;
      case "warning":
      case "other":
        break;
    }
  }

  /** The line, in no more than so many columns. */
  lineFor(nowMs: number, columns: number): string {
    const doing = this.tools.size === 0 ? this.doing : [...new Set(this.tools.values())].join(", ");
    const parts = [`${formatElapsed(nowMs - this.startedAtMs)}  ${doing}`];
    const tokens = [...this.written.values()].reduce((sum, count) => sum + count, 0);
    if (tokens > 0) parts.push(`${formatTokens(tokens)} tokens out`);
    return fit(parts.join("  ·  "), columns);
  }

  private be(doing: string): void {
    this.doing = doing;
    this.isRetrying = false;
  }
}

function describeRetry({ attempt, of, reason }: Extract<TurnEvent, { type: "retry" }>): string {
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

/** Cuts a line so that it can't wrap. What may be two columns wide counts as two. */
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
