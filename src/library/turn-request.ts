import type { Context } from "../app/context.ts";
import { onEndOf } from "../app/turn/ending/on-end.ts";
import { parseBudget } from "../domain/budget/budget.ts";
import { parseTree } from "../domain/tree/tree.ts";
import { understood } from "../domain/turn/settings.ts";
import type { AskOnceOptions, FirstTurnOptions, SignalOption, TreeOption, TurnOptions } from "./options.ts";

/** Converts the options of a turn to the form that the use cases take. */
export function turnRequest<
  Options extends TurnOptions & SignalOption & AskOnceOptions & Pick<FirstTurnOptions, "budget"> & TreeOption,
>(
  context: Context,
  { schema, requestId, onUnknown, onEnd, signal: _, budget, tree, ...options }: Options,
  where?: Parameters<typeof onEndOf>[2],
) {
  return {
    ...understood(options),
    onEnd: onEndOf(context, onEnd, where),
    tree: tree === undefined ? undefined : parseTree(tree),
    budget: budget === undefined ? undefined : parseBudget(budget),
    schemaText: schema === undefined ? undefined : JSON.stringify(schema),
    request: requestId === undefined ? undefined : { id: requestId, onUnknown },
  };
}
