import type { Agent } from "../../../domain/agent/agent.ts";
import { type Folded, foldEvent, mattersToFold } from "../../../domain/turn/fold.ts";
import type { AgentExit, EventType, TurnEvent } from "../../../domain/turn/turn.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { follow } from "../../../system/lines/follow.ts";
import { LineSplitter } from "../../../system/lines/splitter.ts";
import type { TurnListener } from "./listener.ts";
import { conversationOf, eventsIn, filterFor } from "./read-spool.ts";
import type { Silence } from "./stall.ts";
import type { Stop } from "./stop.ts";

/**
 * Follows the agent's output until its turn is over, folds the events into `folded` and calls the listener. A
 * listener that throws does not stop the turn: its first error is returned at the end.
 */
export async function readBehind(
  agent: Agent,
  { folder, plan }: OpenTurn,
  over: Promise<AgentExit>,
  folded: Folded,
  listener: TurnListener,
  stop: Stop,
  silence: Pick<Silence, "heard" | "told">,
): Promise<{ error: unknown } | undefined> {
  const { turnId, name } = plan;
  const splitter = new LineSplitter();
  const spool = folder.spool();
  const filter = filterFor(agent, plan, spool);
  const { onBytes, onEvent, eventTypes, onSessionId } = listener;
  const isWanted = (type: EventType) => onEvent !== undefined && (eventTypes?.includes(type) ?? true);
  const isNeeded = (type: EventType) => mattersToFold(folded, type) || isWanted(type);
  let isIdKnown = false;
  let thrown: { error: unknown } | undefined;
  /** Calls a listener. Waits only for a returned promise: most calls return none. */
  const tell = async (call: () => unknown, wait: (told: Promise<unknown>) => Promise<unknown>) => {
    try {
      const told = call();
      if (told instanceof Promise) await wait(told);
    } catch (error) {
      thrown ??= { error };
    }
  };
  // A listener that no longer reads must not block the end of a turn.
  const orStop = (told: Promise<unknown>) => stop.waitFor(told);
  const take = async (events: readonly TurnEvent[]) => {
    for (const event of events) foldEvent(folded, event);
    const sessionId = conversationOf(folded, plan);
    if (!isIdKnown && sessionId !== undefined) {
      isIdKnown = true;
      await tell(
        () => onSessionId?.(sessionId),
        (told) => told,
      );
    }
    for (const event of events) if (isWanted(event.type)) await tell(() => onEvent?.(event), orStop);
  };
  const started = { turnId, agent: agent.name, ...(name === undefined ? {} : { name }) };
  await tell(() => listener.onStarted?.(started), orStop);
  const pass = async (bytes: Buffer) => {
    for (const events of eventsIn(agent, splitter.push(bytes), isNeeded)) await take(events);
    if (onBytes !== undefined) await tell(() => onBytes(bytes), orStop);
  };
  for await (const chunk of follow(spool.path, over, spool.from)) {
    silence.heard();
    for (const bytes of filter?.push(chunk) ?? [chunk]) await pass(bytes);
    silence.told();
  }
  for (const bytes of filter?.rest() ?? []) await pass(bytes);
  for (const events of eventsIn(agent, splitter.rest(), isNeeded)) await take(events);
  return thrown;
}
