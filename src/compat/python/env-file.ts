import { strip } from "./text.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: Python's splitlines ends a line at these too
const LINE_END = /\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/;
const EXPORT = /^export[ \t]+/;

/**
 * Returns the variables of an env file, by the rules of the original scripts: one `NAME=value` per line,
 * blank lines and `#` lines skipped, and all outer quotes removed, single quotes first. There are no escapes
 * and no comments after a value. Unlike in the original scripts, an `export` before a name is not part of the
 * name.
 */
export function parseEnvFile(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const raw of text.split(LINE_END)) {
    const line = strip(raw);
    const split = line.indexOf("=");
    if (line === "" || line.startsWith("#") || split === -1) continue;
    const value = strip(line.slice(split + 1));
    variables[strip(line.slice(0, split)).replace(EXPORT, "")] = trimAll(trimAll(value, "'"), '"');
  }
  return variables;
}

function trimAll(text: string, mark: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === mark) start += 1;
  while (end > start && text[end - 1] === mark) end -= 1;
  return text.slice(start, end);
}
