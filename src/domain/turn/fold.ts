import type { EventType, KnownBy, TurnEnd, TurnEvent } from "./turn.ts";
import { NOTHING, sumUsage, type Usage } from "./usage.ts";

/** The running state of a turn: the result of its events so far. */
export interface Folded {
  /** Whether the turn runs in a conversation by now, even if the id is not known yet. */
  hasBegun: boolean;
  sessionId?: string;
  model?: string;
  agentVersion?: string;
  takesPromptIds?: true;
  knownBy?: KnownBy;
  /** The agent's last complete message. Earlier ones are not kept: a turn may have a hundred thousand. */
  lastMessage?: string;
  /** Whether the last message goes on with the next piece. */
  isMessageOpen?: true;
  hasOutput: boolean;
  /** A failure that was seen so far; it overrides a terminal event that claims success. */
  failure?: Pick<TurnEnd, "text" | "reason" | "apiStatus">;
  /** The last terminal event; absent if the stream was cut off. */
  end?: TurnEnd;
  /** What answers have used since the last terminal event that it will not tell. */
  usageSoFar?: Usage | "unknown";
  /** The usage of the turn, if all its terminal events have reported theirs. */
  usage?: Usage;
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
      if (event.takesPromptIds) folded.takesPromptIds = true;
      if (event.knownBy !== undefined) folded.knownBy = event.knownBy;
      break;
    case "text":
      folded.lastMessage = event.text;
      folded.hasOutput = true;
      break;
    case "text-delta":
      folded.hasOutput = true;
      if (!event.isOnly) break;
      folded.lastMessage = folded.isMessageOpen ? `${folded.lastMessage}${event.text}` : event.text;
      folded.isMessageOpen = true;
      break;
    case "tool":
      delete folded.isMessageOpen;
      folded.hasOutput = true;
      break;
    case "failure": {
      const { type: _, ...failure } = event;
      folded.failure = { ...folded.failure, ...failure };
      break;
    }
    case "end": {
      const { type: _, ...end } = event;
      addUsage(folded, end);
      folded.end = folded.failure === undefined ? end : { ...end, isError: true, ...folded.failure };
      break;
    }
    case "usage":
      if (event.counts !== undefined) folded.usageSoFar = sumOf(folded.usageSoFar, event.counts);
      break;
    case "thinking":
    case "retry":
    case "warning":
    case "other":
      break;
  }
  return folded;
}

/** A turn with a background task has a terminal event for each answer. */
function addUsage(folded: Folded, { usageSince }: TurnEnd): void {
  const isFirst = folded.end === undefined;
  const before = isFirst ? NOTHING : folded.usage;
  const { usageSoFar = NOTHING } = folded;
  if (usageSince !== undefined && before !== undefined && usageSoFar !== "unknown")
    folded.usage = sumUsage([before, usageSoFar, usageSince]);
  else delete folded.usage;
  delete folded.usageSoFar;
}

function sumOf(before: Folded["usageSoFar"] = NOTHING, more: Usage | "unknown"): Usage | "unknown" {
  return before === "unknown" || more === "unknown" ? "unknown" : sumUsage([before, more]);
}

/** Whether an event of this kind can still change the result of a turn. */
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

/** Returns the answer of a turn: from its terminal event, else the agent's last complete message. */
export function answerOf(folded: Folded): string {
  if (folded.end?.isError === false && folded.end.text !== undefined) return folded.end.text;
  return folded.lastMessage ?? "";
}
