/** Below the 131,071 bytes that Linux allows for one argument. */
const ARGUMENT_BYTES = 120_000;

/** Whether a text can't be passed as an argument: it is too long, or would be read as an option. */
export function needsStdin(text: string): boolean {
  return text.startsWith("-") || Buffer.byteLength(text) > ARGUMENT_BYTES;
}
