import type { TurnOutput } from "../../domain/runner.ts";
import type { EventType } from "../../domain/turn/turn.ts";
import { LineSplitter } from "../../system/lines/splitter.ts";
import type { Context } from "../context.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { eventsIn } from "../turn/running/read-spool.ts";
import { watchSilence } from "../turn/running/stall.ts";
import type { FoundTurn } from "./find.ts";
import { outlast } from "./outlast.ts";

/** How often a turn in the line is polled, where nothing reports changes. */
const LOOK_MS = 100;

/** Who is told what an agent says in a turn of another process. */
export interface Watcher
  extends Pick<TurnListener, "onBytes" | "onEvent" | "eventTypes" | "onStarted" | "onSilence"> {
  /** After how long a silence `onSilence` is called. Default: it is not. */
  stallMs?: number | undefined;
}

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
  { onBytes, onEvent, eventTypes, onStarted, onSilence, stallMs }: Watcher,
): Promise<void> {
  const { turnId } = found;
  const agent = context.findAgent(found.state === "ended" ? found.result.agent : found.scope.agent);
  const isWanted = (type: EventType) => eventTypes?.includes(type) ?? true;
  if (found.state !== "queued" || (await begins(context, turnId, end)))
    await onStarted?.({ turnId, agent: agent.name, name });
  if (output === undefined) {
    if (isWanted("warning")) await onEvent?.({ type: "warning", message: deletedMessage(turnId) });
    return;
  }
  const isSilenceTold = onSilence !== undefined && stallMs !== undefined;
  if (onEvent === undefined && onBytes === undefined && !isSilenceTold) return;
  const splitter = new LineSplitter();
  const tell = async (lines: Iterable<Buffer>) => {
    for (const events of eventsIn(agent, lines, isWanted))
      for (const event of events) if (isWanted(event.type)) await onEvent?.(event);
  };
  const silence = watchSilence(stallMs, onSilence);
  try {
    for await (const chunk of output.chunks(end)) {
      silence.heard();
      if (onEvent !== undefined) await tell(splitter.push(chunk));
      await onBytes?.(chunk);
      silence.told();
    }
  } finally {
    silence.stop();
  }
  await tell(splitter.rest());
}

/** Waits until a turn that is in the line begins; false if it ends without. */
async function begins({ runner }: Context, turnId: string, end: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  const stop = () => over.abort();
  end.then(stop, stop);
  for (;;) {
    const turn = await outlast(
      () => runner.look(turnId),
      () => over.signal.aborted,
    );
    if (turn?.state === "ended") return turn.result.hasRun !== false;
    if (turn?.state !== "queued") return true;
    if (over.signal.aborted) return false;
    await runner.changed(turnId, LOOK_MS, over.signal);
  }
}

export function deletedMessage(turnId: string): string {
  return `The output of turn ${turnId} has been deleted.`;
}
