import type { Context } from "../app/context.ts";
import { findOnEnd } from "../app/turn/ending/on-end.ts";
import { understood } from "../domain/turn/settings.ts";
import type { AskOnceOptions, SignalOption, TurnOptions } from "./options.ts";

/** Converts the options of a turn to the form that the use cases take. */
export function turnRequest<Options extends TurnOptions & SignalOption & AskOnceOptions>(
  context: Context,
  { schema, requestId, onUnknown, onEnd = context.defaults?.onEnd, signal: _, ...options }: Options,
) {
  return {
    ...understood(options),
    onEnd: onEnd && findOnEnd(context, onEnd),
    schemaText: schema === undefined ? undefined : JSON.stringify(schema),
    request: requestId === undefined ? undefined : { id: requestId, onUnknown },
  };
}
