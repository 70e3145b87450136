/** Returns the source of a regular expression that matches `literal` and nothing else. */
export function escapeRegExp(literal: string): string {
  return literal.replaceAll(/[^\w-]/g, "\\$&");
}
