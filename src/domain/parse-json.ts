/** Parses JSON; undefined when it is none. Invalid UTF-8 becomes U+FFFD. */
export function parseJson(line: Buffer | string): unknown {
  try {
    return JSON.parse(line.toString()) as unknown;
  } catch {
    return undefined;
  }
}
