/**
 * What is printed at a terminal is text, but for what this program says to the terminal itself. Everything else comes
 * from agents, from the files they quote and from other tools: what they write must not act on the terminal.
 */

/** Nobody who writes text for us to print can know it: what stands behind it is ours. */
const OURS = `\u0000${Math.random().toString(36).slice(2)}:`;
const OURS_END = "\u0000";

/** Words to the terminal that reach it. Only for what is printed at one. */
export function toTerminal(sequence: string): string {
  return `${OURS}${sequence}${OURS_END}`;
}

/** The text without our words to the terminal. */
export function withoutOurs(text: string): string {
  return text.includes(OURS) ? parts(text, () => "").join("") : text;
}

/** What may be written to a terminal of a text that stands for itself. */
export function forTerminal(text: string): string {
  if (HARMLESS.test(text)) return text;
  return parts(text, (sequence) => sequence, clean).join("");
}

/** The same for a text that comes in pieces of bytes, which may cut a character or a sequence in two. */
export class TerminalText {
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The beginning of what may become a sequence. */
  private held = "";

  take(bytes: Uint8Array): string {
    return this.pass(this.decoder.decode(bytes, { stream: true }), UNFINISHED);
  }

  /** What is left when no more comes. */
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
 * Sequences go as a whole, also those whose end a terminal would wait for; of one that is broken off or goes on for
 * too long only the controls go, so that it hides nothing.
 */
function clean(text: string): string {
  return text.replace(SEQUENCE, "").replace(CONTROL, "");
}

const HARMLESS = /^[\n\t\x20-\x7e\u00a0-\uffff]*$/;
const MOST = 4096;
/** After the introducer: of a control sequence, and of a string to the terminal, as a title or the clipboard is. */
const CSI = "(?:\\x1b\\[|\\x9b)[0-?]{0,64}[ -/]{0,8}";
const STRING = `(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x9c\\r\\n]{0,${MOST}}`;
/** Functions of a letter, and the choice of a character set. */
const SHORT = "\\x1b(?:[ -/]{1,8}[0-~]|[0-?cDEHMNOZn|}~])";
const SEQUENCE = new RegExp(`${CSI}[@-~]|${STRING}(?:\\x07|\\x1b\\\\|\\x9c)|${SHORT}`, "g");
const UNFINISHED = new RegExp(`(?:${CSI}|${STRING}\\x1b?|\\x1b[ -/]{0,8})$`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
