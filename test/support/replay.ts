import { readFileSync } from "node:fs";
import type { Agent } from "../../src/domain/agent/agent.ts";
import { type Folded, foldEvent, startFold } from "../../src/domain/turn/fold.ts";
import type { TurnEvent } from "../../src/domain/turn/turn.ts";

/** The values of a recorded stream, from `test/fixtures`. */
export function recorded(path: string): unknown[] {
  const lines = readFileSync(new URL(`../fixtures/${path}`, import.meta.url), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line): unknown => JSON.parse(line));
}

export function eventsOf(agent: Agent, values: unknown[]): TurnEvent[] {
  return values.flatMap((value) => agent.read(value));
}

export function fold(events: TurnEvent[]): Folded {
  return events.reduce(foldEvent, startFold());
}
