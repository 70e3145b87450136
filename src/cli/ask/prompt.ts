import { resolve } from "node:path";
import { AppError } from "../../domain/errors.ts";
import type { CommandIo } from "../terminal.ts";
import { editorOf, refuseEditor, writePrompt } from "./write-prompt.ts";

/** How a command line gives its prompt. */
export interface GivenPrompt {
  argument: string | undefined;
  flags: { promptFile?: string; edit?: boolean; json?: boolean; stream?: boolean; events?: boolean };
  /** Whether the command can't do without one. Default: it can. */
  isNeeded?: boolean;
  /** Throws for what can be known before somebody writes for ten minutes. */
  check?(): unknown;
}

/**
 * Returns the prompt from the argument, from standard input for `-`, from a file, or from an editor; undefined if
 * none was given. Standard input is read only if it is asked for: in a shell's `while read` loop it belongs to the
 * loop.
 *
 * @throws AppError `usage` when the prompt was given twice, can't be read or was not written.
 */
export async function readPrompt(
  io: CommandIo,
  { argument, flags, isNeeded = false, check }: GivenPrompt,
): Promise<string | undefined> {
  const { promptFile: file, edit = false } = flags;
  const ways = { "as an argument": argument, "with --prompt-file": file, "with --edit": edit || undefined };
  const used = Object.entries(ways).flatMap(([way, value]) => (value === undefined ? [] : way));
  if (used.length > 1) throw new AppError("usage", `The prompt was given twice: ${used.join(" and ")}.`);
  if (edit) refuseEditor(io);
  // A program that runs us at a terminal of its own gets an error, not an editor.
  const isPerson = io.terminal.hasKeyboard && !flags.json && !flags.stream && !flags.events;
  const editor = edit || (isNeeded && isPerson && used.length === 0) ? editorOf(io) : [];
  if (editor.length > 0) {
    await check?.();
    return writePrompt(io, editor);
  }
  if (argument === "-" || file === "-") return readStdin(io, "prompt");
  return file === undefined ? argument : readTextFile(io, file, "prompt file");
}

const PROBLEMS: Record<string, string> = {
  ENOENT: "does not exist",
  EISDIR: "is a folder",
  EACCES: "is not readable for this user",
};

/** @throws AppError `usage` when the file can't be read. */
export function readTextFile(io: CommandIo, file: string, what: string): string {
  try {
    return io.readFile(resolve(io.around.cwd, file));
  } catch (cause) {
    throw unreadable(`The ${what} ${file}`, cause, "Check the path.");
  }
}

/** @throws AppError `usage` when standard input can't be read. */
export async function readStdin(io: CommandIo, what: string): Promise<string> {
  if (io.terminal.isTyped) io.terminal.err(`Type the ${what}; end it with Ctrl-D.\n`);
  try {
    return await io.readStdin();
  } catch (cause) {
    throw unreadable("Standard input", cause, "Pipe the text into the command, or redirect a file to it.");
  }
}

function unreadable(what: string, cause: unknown, hint: string): AppError {
  const errno = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  const problem = PROBLEMS[errno] ?? `can't be read: ${errno}`;
  return new AppError("usage", `${what} ${problem}.`, { hint, cause });
}
