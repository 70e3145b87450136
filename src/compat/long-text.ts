/** Linux allows 131,071 bytes in one argument. */
const ARGUMENT_BYTES = 120_000;

/** Whether a text can't travel as an argument: too long for one, or read as an option. */
export function needsStdin(text: string): boolean {
  return text.startsWith("-") || Buffer.byteLength(text) > ARGUMENT_BYTES;
}
