import type { Context } from "../app/context.ts";
import { onEndOf } from "../app/turn/ending/on-end.ts";
import { parseBudget } from "../domain/budget/budget.ts";
import { understood } from "../domain/turn/settings.ts";
import type { AskOnceOptions, FirstTurnOptions, SignalOption, TurnOptions } from "./options.ts";

/** Converts the options of a turn to the form that the use cases take. */
export function turnRequest<
  Options extends TurnOptions & SignalOption & AskOnceOptions & Pick<FirstTurnOptions, "budget">,
>(
  context: Context,
  { schema, requestId, onUnknown, onEnd, signal: _, budget, ...options }: Options,
  where?: Parameters<typeof onEndOf>[2],
) {
  return {
    ...understood(options),
    onEnd: onEndOf(context, onEnd, where),
    budget: budget === undefined ? undefined : parseBudget(budget),
    schemaText: schema === undefined ? undefined : JSON.stringify(schema),
    request: requestId === undefined ? undefined : { id: requestId, onUnknown },
  };
}
