import { AppError } from "../errors.ts";

/** Returns the words of what somebody has typed into one field: what stands in double quotes is one of them, a phrase. */
export function searchWords(typed: string): string[] {
  return Array.from(typed.matchAll(/(?<![^\s])"([^"]*)"(?![^\s])|\S+/gu), ([word, phrase]) => phrase ?? word);
}

/** Returns the words without blanks around them, and in the normal form that texts are compared in. @throws AppError `usage` */
export function wordsToFind(words: readonly string[]): string[] {
  const found = words.map((word) => word.trim().normalize("NFC")).filter((word) => word !== "");
  if (found.length > 0) return found;
  throw new AppError("usage", "There is no word to search for.", {
    hint: "Give at least one word of what was said.",
  });
}

/** Writing without blanks between words: there, a line may end within a word. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u30fc]/u;

/** Whether a text may have a line end between two characters of one word. */
export function mayBreakBetween(left: string, right: string): boolean {
  return UNSPACED.test(left) && UNSPACED.test(right);
}
