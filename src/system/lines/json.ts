/** The JSON value of some bytes, or undefined when they are none. Invalid UTF-8 becomes U+FFFD. */
export function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
