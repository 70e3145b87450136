import type { SignalOption, TurnOptions } from "./options.ts";

/** Converts the options of a turn to the form that the use cases take. */
export function turnRequest<Options extends TurnOptions & SignalOption>({
  schema,
  signal: _,
  ...options
}: Options) {
  return { ...options, schemaText: schema === undefined ? undefined : JSON.stringify(schema) };
}
