/**
 * Returns `value` as a TOML basic string: a JSON string, but for one character that TOML allows only escaped.
 * Codex takes a value that is not valid TOML literally, with its quotes.
 */
export function tomlString(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll("\u007f", "\\u007f");
}
