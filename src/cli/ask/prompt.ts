import { resolve } from "node:path";
import { AppError } from "../../domain/errors.ts";
import type { CommandIo } from "../terminal.ts";

/**
 * Returns the prompt from the argument, from standard input for `-`, or from a file; undefined if none was
 * given. Standard input is read only if it is asked for: in a shell's `while read` loop it belongs to the
 * loop.
 *
 * @throws AppError `usage` when the prompt was given twice or its file can't be read.
 */
export async function readPrompt(
  io: CommandIo,
  argument: string | undefined,
  file: string | undefined,
): Promise<string | undefined> {
  if (argument !== undefined && file !== undefined) {
    throw new AppError("usage", "The prompt was given twice: as an argument and with --prompt-file.");
  }
  if (argument === "-" || file === "-") return readStdin(io);
  if (file === undefined) return argument;
  return readTextFile(io, file, "prompt file");
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
export async function readStdin(io: CommandIo): Promise<string> {
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
