import { pick, snakeLine } from "../json-line.ts";
import { AlikeEvents } from "./alike.ts";
import { type Folded, foldEvent, startFold } from "./fold.ts";
import type { EventType, TurnEvent } from "./turn.ts";

/** The version of the lines: a number for readers, raised only when a key or a type is renamed, dropped or changed. */
export const EVENTS_VERSION = 1;

/** The kinds of events that lines are made of. */
export const TYPES_OF_LINES: readonly EventType[] = [
  "session",
  "text",
  // Without them, no message of an agent that tells it in pieces alone would be whole.
  "text-delta",
  "thinking",
  "tool",
  "retry",
  "usage",
  "warning",
  "failure",
  "end",
];

/** Returns a line about something else than an event of the agent, such as the result. */
export function versionedLine(view: object): string {
  return snakeLine({ v: EVENTS_VERSION, ...view });
}

/**
 * The lines of `--events` of one turn, the same for every agent: each type has all of its keys, with `null` for what
 * the agent does not tell. What only this agent could mean has no line. The lines do not depend on when they are
 * asked for: those of a replayed turn are those that came while it ran.
 */
export class EventLines {
  private readonly alike = new AlikeEvents();
  private readonly folded: Folded = startFold();
  private readonly turnId: string;
  private session: string | undefined;
  private last: EventType | undefined;

  private readonly hasPartials: boolean;

  constructor(turnId: string, { partials = true } = {}) {
    this.turnId = turnId;
    this.hasPartials = partials;
  }

  /** Returns the first line. */
  start({ agent, name }: { agent: string; name?: string }): string {
    return this.line("started", { agent, name });
  }

  /** Returns the lines for one event; none if they would say nothing new. */
  take(event: TurnEvent): string {
    foldEvent(this.folded, event);
    let lines = "";
    for (const one of this.alike.take(event)) {
      const line = this.lineOf(one);
      if (line !== "") this.last = one.type;
      lines += line;
    }
    return lines;
  }

  private lineOf(event: TurnEvent): string {
    switch (event.type) {
      case "session":
        return this.sessionLine();
      case "text-delta":
        return this.hasPartials ? this.line(event.type, pick(event, "text")) : "";
      case "text":
        return this.line(event.type, pick(event, "text"));
      case "thinking":
        return this.last === "thinking" ? "" : this.line(event.type, {});
      case "tool": {
        const view = pick(event, "phase", "id", "name", "about", "input", "failed");
        try {
          return this.line(event.type, view);
        } catch (error) {
          // An input may be nested deeper than JSON can be written.
          if (!(error instanceof RangeError)) throw error;
          return this.line(event.type, { ...view, input: undefined });
        }
      }
      case "retry":
        return this.line(event.type, pick(event, "attempt", "of", "reason", "delayMs"));
      case "usage":
        if (event.counts === "unknown") return "";
        return this.line(event.type, pick(event, "answerId", "inputTokens", "outputTokens"));
      case "warning":
        return this.line(event.type, pick(event, "message"));
      case "failure":
        return this.line(event.type, pick(event, "text", "reason", "apiStatus"));
      case "end":
        return this.endLine(event);
      case "other":
        return "";
    }
  }

  /** Some agents tell this again and again, each time a part of it. */
  private sessionLine(): string {
    const line = this.line("session", pick(this.folded, "sessionId", "model", "agentVersion"));
    if (line === this.session) return "";
    this.session = line;
    return line;
  }

  /** An agent may claim success after it has told of a failure. */
  private endLine(event: Extract<TurnEvent, { type: "end" }>): string {
    const { isError, text, reason, apiStatus, sessionId } = this.folded.end ?? event;
    // The answer is in the line of its text and in the result.
    return this.line("end", { isError, text: isError ? text : undefined, reason, apiStatus, sessionId });
  }

  private line(type: string, view: object): string {
    return versionedLine({ type, turnId: this.turnId, ...view });
  }
}
