/**
 * Returns a value as one line of JSON. The values that the command line prints are in `records/`: their keys
 * are in snake case, and `null` means unknown. They are an interface: keys are added, never renamed.
 */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(CONTROL, escaped)}\n`;
}

/**
 * Characters that JSON does not escape but a terminal obeys. Escaped, they are the same value for every
 * reader.
 */
const CONTROL = /[\u007f-\u009f]/g;

function escaped(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`;
}
