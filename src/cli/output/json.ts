/**
 * One line of JSON. What the command line prints in it is in `records/`: snake-case keys, `null` for what is not
 * known. They are an interface: keys are added, never renamed.
 */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(CONTROL, escaped)}\n`;
}

/** What JSON leaves as it is and a terminal obeys: in other words it is the same value everywhere. */
const CONTROL = /[\u007f-\u009f]/g;

function escaped(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`;
}
