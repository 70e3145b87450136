import { isRecord } from "../shape.ts";

/** What agents call the thing that a tool works on, the most telling first. */
const KEYS = [
  ...["command", "cmd", "file_path", "filePath", "notebook_path", "path", "pattern", "query", "url"],
  ...["description", "prompt", "input"],
];
const MOST_CHARACTERS = 200;

/**
 * Returns what a tool works on, as its input tells: a command, a file, a pattern or an address, on one line of at most 200
 * characters. Undefined if the input tells nothing of the kind.
 */
export function aboutTool(input: unknown): string | undefined {
  if (typeof input === "string") return lineOf(input);
  if (!isRecord(input)) return undefined;
  for (const key of KEYS) {
    const value = input[key];
    const words = Array.isArray(value) ? value.filter((word) => typeof word === "string").join(" ") : value;
    const line = typeof words === "string" ? lineOf(words) : undefined;
    if (line !== undefined) return line;
  }
  return undefined;
}

function lineOf(text: string): string | undefined {
  const [first = "", ...more] = text
    .trim()
    .slice(0, 4 * MOST_CHARACTERS)
    .toWellFormed()
    .split("\n");
  const line = [...first.trimEnd()].slice(0, MOST_CHARACTERS).join("");
  if (line === "") return undefined;
  return more.length > 0 ? `${line} …` : line;
}
