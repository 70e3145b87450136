import { withoutOurs } from "../../system/terminal/text.ts";

/** Text whose characters take a column each. */
export const PLAIN = /^[\x20-\x7e\u2026]*$/;
// An emoji that is followed by the mark of its coloured form takes two columns, too.
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
/** What takes no column of its own: marks that stand alone, and characters that only join others. */
const NARROWEST = /^[\p{Mn}\p{Me}\u200b-\u200f\u2060\ufeff]+$/u;

const MARK = "…";

let segmenter: Intl.Segmenter | undefined;

/** Returns how many columns a text takes in a terminal. */
export function widthOf(styled: string): number {
  const text = withoutOurs(styled);
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const one of charactersOf(text)) width += widthOfCharacter(one);
  return width;
}

/** Returns as much of an unstyled text as fits into `width` columns, with a mark where something is cut off. */
export function cutTo(text: string, width: number, cut: "start" | "end" = "end"): string {
  if (widthOf(text) <= width) return text;
  // A list may have thousands of them.
  const characters = PLAIN.test(text) ? [...text] : charactersOf(text);
  if (cut === "start") characters.reverse();
  const kept: string[] = [];
  let left = width - 1;
  for (const one of characters) {
    left -= widthOfCharacter(one);
    if (left < 0) break;
    kept.push(one);
  }
  return cut === "start" ? MARK + kept.reverse().join("") : `${kept.join("").trimEnd()}${MARK}`;
}

/** Breaks an unstyled line between words, so that none is wider than `width`; a word that is wider stays whole. */
export function breakLine(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  // The blanks before a word belong to it, so that what is indented stays so.
  for (const word of text.match(/\s*\S+/g) ?? []) {
    if (line !== "" && widthOf(line + word) > width) {
      lines.push(line);
      line = word.trimStart();
    } else line += word;
  }
  return [...lines, line];
}

/** Returns the characters as a person counts them. */
function charactersOf(text: string): string[] {
  // Created when first needed: this takes 9 ms, as much as half of a start of Node.
  segmenter ??= new Intl.Segmenter();
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

function widthOfCharacter(character: string): number {
  if (NARROWEST.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
