/** Parses bytes as JSON; undefined when they are not JSON. Invalid UTF-8 becomes U+FFFD. */
export function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
