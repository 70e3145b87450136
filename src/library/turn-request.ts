import type { SignalOption, TurnOptions } from "./options.ts";

/** The options of a turn as the use cases take them. */
export function turnRequest<Options extends TurnOptions & SignalOption>({
  schema,
  signal: _,
  ...options
}: Options) {
  return { ...options, schemaText: schema === undefined ? undefined : JSON.stringify(schema) };
}
