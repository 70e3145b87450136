/** Cuts a text to at most `most` UTF-16 units, never inside a character, and marks the cut. */
export function clip(words: string, most: number, mark = " […]"): string {
  if (words.length <= most) return words;
  const room = Math.max(0, most - mark.length);
  return `${words
    .slice(0, room)
    .toWellFormed()
    .replace(/\ufffd$/, "")
    .trimEnd()}${mark.slice(0, most)}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Replaces control characters, which could move a terminal's cursor or colour the text after them. */
export function plain(words: string): string {
  return words.replace(/\r\n?/g, "\n").replace(CONTROL, " ");
}

/** Puts a text on one line, and clips it. */
export function oneLine(words: string, most: number): string {
  return clip(plain(words).replace(/\s+/g, " ").trim(), most);
}
