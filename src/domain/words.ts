import { AppError } from "./errors.ts";

/**
 * Splits a command line into words as a POSIX shell would, but expands nothing: quotes and backslashes have
 * their meaning; `~`, `$VAR`, globs and `#` are plain text.
 *
 * @throws AppError `usage` on a quote that is never closed.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (quote === "'") {
      if (character === "'") quote = "";
      else word += character;
    } else if (quote === '"') {
      if (character === '"') quote = "";
      else if (character === "\\" && index + 1 >= text.length) throw unfinished(text, "No escaped character");
      else if (character === "\\" && '"\\'.includes(text[index + 1] ?? " ")) word += text[++index] ?? "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\") {
      if (index + 1 >= text.length) throw unfinished(text, "No escaped character");
      index += 1;
      word = (word ?? "") + text[index];
    } else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") throw unfinished(text, "No closing quotation");
  if (word !== undefined) words.push(word);
  return words;
}

function unfinished(text: string, what: string): AppError {
  return new AppError("usage", `${what} in the command ${JSON.stringify(text)}.`, {
    hint: "Close the quote, or escape it with a backslash.",
  });
}

/** Quotes a word so that a POSIX shell reads it back unchanged; plain words stay plain. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Formats a command line that can be pasted into a shell. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

/** Joins words as a sentence has them: `a`, `a and b`, `a, b and c`. */
export function listWords(words: readonly string[], before: "and" | "or" = "and"): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} ${before} ${last}`;
}

/** Joins several words that something is true of: `a and b both`, `a, b and c all`. */
export function listEach(words: readonly string[]): string {
  return `${listWords(words)} ${words.length === 2 ? "both" : "all"}`;
}
