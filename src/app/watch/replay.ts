import type { TurnOutput } from "../../domain/runner.ts";
import type { EventType } from "../../domain/turn/turn.ts";
import { LineSplitter } from "../../system/lines/splitter.ts";
import type { Context } from "../context.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { eventsIn } from "../turn/running/read-spool.ts";
import type { FoundTurn } from "./find.ts";

/** Who is told what an agent says in a turn of another process. */
export type Watcher = Pick<TurnListener, "onBytes" | "onEvent" | "eventTypes" | "onStarted">;

/**
 * Tells the watcher what the agent has written and writes until `end` settles; for an output that is deleted, only a
 * warning.
 */
export async function replay(
  context: Context,
  found: FoundTurn,
  name: string,
  output: TurnOutput | undefined,
  end: Promise<unknown>,
  { onBytes, onEvent, eventTypes, onStarted }: Watcher,
): Promise<void> {
  const { turnId } = found;
  const agent = context.findAgent(found.state === "ended" ? found.result.agent : found.scope.agent);
  const isWanted = (type: EventType) => eventTypes?.includes(type) ?? true;
  await onStarted?.({ turnId, agent: agent.name, name });
  if (output === undefined) {
    if (isWanted("warning")) await onEvent?.({ type: "warning", message: deletedMessage(turnId) });
    return;
  }
  if (onEvent === undefined && onBytes === undefined) return;
  const splitter = new LineSplitter();
  const tell = async (lines: Iterable<Buffer>) => {
    for (const events of eventsIn(agent, lines, isWanted))
      for (const event of events) if (isWanted(event.type)) await onEvent?.(event);
  };
  for await (const chunk of output.chunks(end)) {
    if (onEvent !== undefined) await tell(splitter.push(chunk));
    await onBytes?.(chunk);
  }
  await tell(splitter.rest());
}

export function deletedMessage(turnId: string): string {
  return `The output of turn ${turnId} has been deleted.`;
}
