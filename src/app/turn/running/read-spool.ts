import { type Agent, GLANCE_BYTES } from "../../../domain/agent/agent.ts";
import { parseJson } from "../../../domain/parse-json.ts";
import type { TurnOutput } from "../../../domain/runner.ts";
import { type Folded, foldEvent, mattersToFold, startFold } from "../../../domain/turn/fold.ts";
import type { EventType, TurnEvent } from "../../../domain/turn/turn.ts";
import type { Spool } from "../../../stores/file/turns/folder.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import { LineFilter } from "../../../system/lines/line-filter.ts";
import { readLines } from "../../../system/lines/read.ts";
import { LineSplitter } from "../../../system/lines/splitter.ts";

/** The longest part of a non-JSON line that is passed on. */
const LONGEST_TEXT_BYTES = 1024 * 1024;

/**
 * Returns the events of one line of an agent's output. The first megabyte of a non-JSON line becomes one
 * `other` event.
 */
export function eventsOfLine(agent: Agent, line: Buffer): TurnEvent[] {
  if (line.length === 0) return [];
  if (isAside(agent, line)) return [];
  const value = parseJson(line);
  if (value !== undefined) return agent.read(value);
  return [{ type: "other", raw: line.toString("utf8", 0, LONGEST_TEXT_BYTES) }];
}

function isAside({ asides = [] }: Agent, line: Buffer): boolean {
  return asides.some((beginning) => line.toString("latin1", 0, beginning.length) === beginning);
}

/** Returns a filter for the bytes that others get of a turn's output; undefined if they get all. */
export function filterFor(
  { asides = [], warm }: Agent,
  { promptId }: Pick<TurnPlan, "promptId">,
  { isShared }: Pick<Spool, "isShared">,
): LineFilter | undefined {
  const beginnings = [...(promptId === undefined ? [] : asides), ...(isShared ? (warm?.asides ?? []) : [])];
  return beginnings.length === 0 ? undefined : new LineFilter(beginnings);
}

/** Yields the events of each line that may contain one of a needed kind. Most lines don't, and are not parsed. */
export function* eventsIn(
  agent: Agent,
  lines: Iterable<Buffer>,
  isNeeded: (type: EventType) => boolean = () => true,
): Generator<TurnEvent[]> {
  for (const line of lines) {
    const kinds = agent.glance?.(line.toString("latin1", 0, GLANCE_BYTES));
    if (kinds?.some(isNeeded) ?? true) yield eventsOfLine(agent, line);
  }
}

/** Folds what an agent has written so far, whether or not it still runs. */
export function readSpool(agent: Agent, { path, from }: Pick<Spool, "path" | "from">): Folded {
  const folded = startFold();
  const isNeeded = (type: EventType) => mattersToFold(folded, type);
  for (const events of eventsIn(agent, readLines(path, from), isNeeded))
    for (const event of events) foldEvent(folded, event);
  return folded;
}

/** Yields the lines of a turn's output until `over` settles. Each line is valid only until the next is asked for. */
export async function* linesOf(output: TurnOutput, over: Promise<unknown>): AsyncGenerator<Buffer> {
  const splitter = new LineSplitter();
  for await (const chunk of output.chunks(over)) yield* splitter.push(chunk);
  yield* splitter.rest();
}

/**
 * Returns the conversation that a turn runs in, as soon as the agent has reported it. Where the agent reports
 * the id only at the end, a turn that has begun is taken to run in the requested conversation; the end of the
 * turn checks it.
 */
export function conversationOf(folded: Folded, plan: Pick<TurnPlan, "sessionId">): string | undefined {
  return folded.sessionId ?? folded.end?.sessionId ?? (folded.hasBegun ? plan.sessionId : undefined);
}

/**
 * Returns the conversation that a create has begun and that may be named. If another id was requested, the
 * conversation is the wrong one and gets no name; the end of the turn reports that.
 */
export function begunConversation(folded: Folded, plan: Pick<TurnPlan, "sessionId">): string | undefined {
  const sessionId = conversationOf(folded, plan);
  return plan.sessionId === undefined || sessionId === plan.sessionId ? sessionId : undefined;
}
