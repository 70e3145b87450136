import type { AskOnceOptions, SignalOption, TurnOptions } from "./options.ts";

/** Converts the options of a turn to the form that the use cases take. */
export function turnRequest<Options extends TurnOptions & SignalOption & AskOnceOptions>({
  schema,
  requestId,
  onUnknown,
  signal: _,
  ...options
}: Options) {
  return {
    ...options,
    schemaText: schema === undefined ? undefined : JSON.stringify(schema),
    request: requestId === undefined ? undefined : { id: requestId, onUnknown },
  };
}
