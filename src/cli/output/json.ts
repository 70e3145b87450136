/**
 * One line of JSON. What the command line prints in it is in `records/`: snake-case keys, `null` for what is not
 * known. They are an interface: keys are added, never renamed.
 */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
