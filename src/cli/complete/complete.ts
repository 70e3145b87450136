import type { Command } from "commander";
import { type BashLine, bashReply, readBashLine } from "./bash-line.ts";
import { candidatesAt, type Found, type World } from "./candidates.ts";
import { readLine } from "./position.ts";

export { scriptFor } from "./scripts.ts";

/**
 * Returns the candidates for the last word of a command line, one on a line.
 *
 * `-- WORDS…`: the words after the program, as the program will get them; each candidate is followed by a tab and what it
 * is, and the shell chooses those that begin with what was typed. `bash BREAKS -- LINE`: the line up to the cursor, as it
 * was typed, and where bash breaks words; the candidates are those that fit, as they are to be inserted.
 */
export async function complete(
  asked: readonly string[],
  describe: (verb: string) => Promise<Command>,
  world: World,
): Promise<string> {
  const at = asked.indexOf("--");
  const given = asked.slice(at + 1);
  const [shell, breaks = ""] = asked.slice(0, at);
  if (at === -1) return "";
  if (shell === undefined) return withWhat(await found(given, describe, world));
  const line = readBashLine(given[0] ?? "", breaks);
  return asTyped(
    line,
    line.isRedirected ? { candidates: [], paths: "files" } : await found(line.words, describe, world),
  );
}

async function found(
  words: readonly string[],
  describe: (verb: string) => Promise<Command>,
  world: World,
): Promise<Found> {
  return candidatesAt(await readLine(words, describe), world);
}

function withWhat({ candidates, paths }: Found): string {
  if (paths !== undefined) return `\t${paths}\n`;
  return candidates.map(({ text, about }) => `${text}${about === "" ? "" : `\t${about}`}\n`).join("");
}

function asTyped(line: BashLine, { candidates, paths }: Found): string {
  if (paths !== undefined) return `\t${paths}\n`;
  const fitting = candidates.flatMap(({ text }) => bashReply(line, text) ?? []);
  return fitting.map((text) => `${text}\n`).join("");
}
