/** Control characters but for the tab and the end of a line, and those that hide or turn round what stands beside them. */
const UNSEEN = [
  ["\u0000", "\u0008"],
  ["\u000b", "\u001f"],
  ["\u007f", "\u009f"],
  ["\u200b", "\u200b"],
  ["\u200e", "\u200f"],
  ["\u2028", "\u202e"],
  ["\u2060", "\u2069"],
  ["\ufeff", "\ufeff"],
];
const PATTERN = new RegExp(`[${UNSEEN.map(([first, last]) => `${first}-${last}`).join("")}]`, "g");

/** Returns a text of somebody else's with the characters shown that would hide or turn round what stands there. */
export function plain(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(PATTERN, "\ufffd");
}
