// The lines of a log, as text and as values.

const NEWLINE = 0x0a;

/** Counts lines, including empty ones and a last one without its line end. */
export function countLines(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) count += 1;
  return content.length > 0 && content.at(-1) !== NEWLINE ? count + 1 : count;
}

/** Parses all lines as one array, which is three times as fast, and line by line only if one is torn. */
export function parseLines(text: string): unknown[] {
  try {
    // JSON has no raw line feed inside a value, so each one is between two values.
    return JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`) as unknown[];
  } catch {
    return text
      .split("\n")
      .map(parseLine)
      .filter((value) => value !== undefined);
  }
}

/** Parses a line; undefined for one that is torn, empty or not JSON. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
