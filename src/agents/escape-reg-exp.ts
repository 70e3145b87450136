/** `literal` as the source of a regular expression that matches it and nothing else. */
export function escapeRegExp(literal: string): string {
  return literal.replaceAll(/[^\w-]/g, "\\$&");
}
