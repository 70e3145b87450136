/** A command line of bash up to the cursor. */
export interface BashLine {
  /** The words after the program, without their quotes; the cursor is in the last one, which may be empty. */
  words: readonly string[];
  /** Whether the last word is a file that is read or written, and no argument. */
  isRedirected: boolean;
  /** How much of the last word bash keeps: what is before the last `:` or before the open quote. */
  kept: string;
  /** The quote that is open at the cursor. */
  quote: Quote;
}

type Quote = "" | "'" | '"';

/** What a backslash escapes between double quotes. */
const IN_DOUBLE = /["$`\\]/;

/**
 * Reads a line as bash does. `breaks` are the characters at which bash breaks a line into words for completion
 * (COMP_WORDBREAKS): it replaces only what is behind the last of them that has no quotes.
 */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let word: string | undefined;
  let quote: Quote = "";
  let keptAtBreak = "";
  let keptAtQuote = "";
  let isRedirected = false;
  const end = () => {
    if (word !== undefined && !isRedirected) words.push(word);
    if (word !== undefined) isRedirected = false;
    word = undefined;
    keptAtBreak = "";
  };
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? "";
    const next = line[at + 1] ?? "";
    if (quote !== "") {
      if (character === quote) quote = "";
      else if (quote === '"' && character === "\\" && IN_DOUBLE.test(next)) {
        word += next;
        at += 1;
      } else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
      keptAtQuote = word;
    } else if (character === "\\") {
      word = (word ?? "") + next;
      at += 1;
    } else if (/[ \t\n]/.test(character)) end();
    else if (character === "<" || character === ">") {
      // The number of a descriptor may stand directly before.
      if (/^\d+$/.test(word ?? "")) word = undefined;
      end();
      isRedirected = true;
    } else {
      word = (word ?? "") + character;
      if (breaks.includes(character)) keptAtBreak = word;
    }
  }
  const kept = quote === "" ? keptAtBreak : keptAtQuote;
  return { words: [...words.slice(1), word ?? ""], isRedirected, kept, quote };
}

/** What bash would not read as it is in a word without quotes. */
const SPECIAL = /[ \t!"#$&'()*;<>?[\\\]^`{|}~]/g;

/**
 * Returns what bash is to insert for a candidate; undefined for one that does not begin with what was typed, or can't be
 * written there: between double quotes bash puts what was typed before in the place of `!!`, and nothing escapes it.
 */
export function bashReply({ words, kept, quote }: BashLine, candidate: string): string | undefined {
  if (!candidate.startsWith(words.at(-1) ?? "")) return undefined;
  const rest = candidate.slice(kept.length);
  if (quote === '"' && rest.includes("!")) return undefined;
  if (quote === "'") return rest.replaceAll("'", `'\\''`);
  return rest.replaceAll(quote === '"' ? /["$`\\]/g : SPECIAL, (character) => `\\${character}`);
}
