import type { EventType, TurnEnd, TurnEvent } from "./turn.ts";

/** The running state of a turn: what its events so far add up to. */
export interface Folded {
  /** Whether the turn runs in a conversation by now, told by its id or not. */
  hasBegun: boolean;
  sessionId?: string;
  model?: string;
  agentVersion?: string;
  /** The last whole message of the agent. Those before it are not kept: a turn may have a hundred thousand. */
  lastMessage?: string;
  hasOutput: boolean;
  /** A failure that was seen so far; it overrides a terminal event that claims success. */
  failure?: Pick<TurnEnd, "text" | "reason" | "apiStatus">;
  /** The last terminal event; a turn whose stream was cut has none. */
  end?: TurnEnd;
}

export function startFold(): Folded {
  return { hasBegun: false, hasOutput: false };
}

/** Adds one event. Mutates and returns `folded`: a stream may have a hundred thousand events. */
export function foldEvent(folded: Folded, event: TurnEvent): Folded {
  switch (event.type) {
    case "session":
      folded.hasBegun = true;
      if (event.sessionId !== undefined) folded.sessionId = event.sessionId;
      if (event.model !== undefined) folded.model = event.model;
      if (event.agentVersion !== undefined) folded.agentVersion = event.agentVersion;
      break;
    case "text":
      folded.lastMessage = event.text;
      folded.hasOutput = true;
      break;
    case "text-delta":
    case "tool":
      folded.hasOutput = true;
      break;
    case "failure": {
      const { type: _, ...failure } = event;
      folded.failure = { ...folded.failure, ...failure };
      break;
    }
    case "end": {
      const { type: _, ...end } = event;
      folded.end = folded.failure === undefined ? end : { ...end, isError: true, ...folded.failure };
      break;
    }
    case "thinking":
    case "retry":
    case "usage":
    case "warning":
    case "other":
      break;
  }
  return folded;
}

/** Whether an event of this kind may still change what a turn adds up to. */
export function mattersToFold(folded: Folded, type: EventType): boolean {
  switch (type) {
    case "session":
    case "text":
    case "failure":
    case "end":
      return true;
    case "text-delta":
    case "tool":
      return !folded.hasOutput;
    case "thinking":
    case "retry":
    case "usage":
    case "warning":
    case "other":
      return false;
  }
}

/** The answer of a turn: what its terminal event gives, else the agent's last whole message. */
export function answerOf(folded: Folded): string {
  if (folded.end?.isError === false && folded.end.text !== undefined) return folded.end.text;
  return folded.lastMessage ?? "";
}
