import { type Agent, GLANCE_BYTES } from "../../../domain/agent/agent.ts";
import { type Folded, foldEvent, mattersToFold, startFold } from "../../../domain/turn/fold.ts";
import type { EventType, TurnEvent } from "../../../domain/turn/turn.ts";
import { parseJson } from "../../../system/lines/json.ts";
import { readLines } from "../../../system/lines/read.ts";

/** The longest part of a non-JSON line that is passed on. */
const LONGEST_TEXT_BYTES = 1024 * 1024;

/**
 * Returns the events of one line of an agent's output. The first megabyte of a non-JSON line becomes one
 * `other` event.
 */
export function eventsOfLine(agent: Agent, line: Buffer): TurnEvent[] {
  if (line.length === 0) return [];
  const value = parseJson(line);
  if (value !== undefined) return agent.read(value);
  return [{ type: "other", raw: line.toString("utf8", 0, LONGEST_TEXT_BYTES) }];
}

/** Whether a line may contain an event of a needed kind. Most lines don't, and are not parsed. */
export function mayMatter(agent: Agent, line: Buffer, isNeeded: (type: EventType) => boolean): boolean {
  return agent.glance?.(line.toString("latin1", 0, GLANCE_BYTES))?.some(isNeeded) ?? true;
}

/** Folds what an agent has written so far, whether or not it still runs. */
export function readSpool(agent: Agent, path: string): Folded {
  const folded = startFold();
  const isNeeded = (type: EventType) => mattersToFold(folded, type);
  for (const line of readLines(path)) {
    if (!mayMatter(agent, line, isNeeded)) continue;
    for (const event of eventsOfLine(agent, line)) foldEvent(folded, event);
  }
  return folded;
}
