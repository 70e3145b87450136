/**
 * Output to a terminal is plain text, except for this program's own control sequences. All other text comes
 * from agents, from the files they quote and from other tools: it must not control the terminal.
 */

/** Marks our own control sequences. It is random, so that no text from elsewhere can contain it. */
const OURS = `\u0000${Math.random().toString(36).slice(2)}:`;
const OURS_END = "\u0000";

/**
 * Marks a control sequence as our own, so that it reaches the terminal. Only for text that is printed on a
 * terminal.
 */
export function toTerminal(sequence: string): string {
  return `${OURS}${sequence}${OURS_END}`;
}

/** Returns the text without our own control sequences. */
export function withoutOurs(text: string): string {
  return text.includes(OURS) ? parts(text, () => "").join("") : text;
}

/** Returns the part of a complete text that may be written to a terminal. */
export function forTerminal(text: string): string {
  if (HARMLESS.test(text)) return text;
  return parts(text, (sequence) => sequence, clean).join("");
}

/** The same for a text that arrives in chunks of bytes, which may cut a character or a sequence in two. */
export class TerminalText {
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The beginning of a possible sequence, held back until the next chunk. */
  private held = "";

  take(bytes: Uint8Array): string {
    return this.pass(this.decoder.decode(bytes, { stream: true }), UNFINISHED);
  }

  /** Returns what was held back, when no more chunks come. */
  rest(): string {
    return this.pass(this.decoder.decode(), undefined);
  }

  private pass(more: string, unfinished: RegExp | undefined): string {
    const text = this.held + more;
    this.held = (unfinished?.exec(text) ?? [""])[0];
    return forTerminal(text.slice(0, text.length - this.held.length));
  }
}

function parts(
  text: string,
  ours: (sequence: string) => string,
  theirs = (other: string) => other,
): string[] {
  return text.split(OURS).flatMap((part, at) => {
    const end = at === 0 ? -1 : part.indexOf(OURS_END);
    return end === -1 ? [theirs(part)] : [ours(part.slice(0, end)), theirs(part.slice(end + 1))];
  });
}

/**
 * Removes whole sequences, including those whose end a terminal would wait for. Of a sequence that is broken
 * off or too long, removes only the control characters, so that it hides no text.
 */
function clean(text: string): string {
  return text.replace(SEQUENCE, "").replace(CONTROL, "");
}

const HARMLESS = /^[\n\t\x20-\x7e\u00a0-\uffff]*$/;
const MOST = 4096;
/**
 * A control sequence without its final byte, and a string to the terminal (such as a title or the clipboard)
 * without its terminator.
 */
const CSI = "(?:\\x1b\\[|\\x9b)[0-?]{0,64}[ -/]{0,8}";
const STRING = `(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x9c\\r\\n]{0,${MOST}}`;
/** Escape functions of one letter, and the selection of a character set. */
const SHORT = "\\x1b(?:[ -/]{1,8}[0-~]|[0-?cDEHMNOZn|}~])";
const SEQUENCE = new RegExp(`${CSI}[@-~]|${STRING}(?:\\x07|\\x1b\\\\|\\x9c)|${SHORT}`, "g");
const UNFINISHED = new RegExp(`(?:${CSI}|${STRING}\\x1b?|\\x1b[ -/]{0,8})$`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
