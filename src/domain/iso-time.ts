/** A time as all of our own are written; names have theirs as Python writes it. What is no time stays as it is. */
export function isoTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : new Date(ms).toISOString();
}
