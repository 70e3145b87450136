/**
 * Formats a time as all of our own times; names have theirs in Python's format. Returns a text that is no
 * time unchanged.
 */
export function isoTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : new Date(ms).toISOString();
}
