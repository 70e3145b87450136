import { AppError } from "../../domain/errors.ts";
import { quoteWord, quoteWords, splitWords } from "../../domain/words.ts";
import { findTempRoot } from "../../system/places/temp.ts";
import type { CommandIo } from "../terminal.ts";

const OTHERWISE = "Set EDITOR, such as EDITOR=vi, or pipe the prompt in with - in its place.";

/** Returns the words that start the person's editor; none if no editor is set. @throws AppError `usage` */
export function editorOf({ around: { env } }: CommandIo): string[] {
  return splitWords(env.VISUAL?.trim() || env.EDITOR || "");
}

/** @throws AppError `usage` where no editor can be opened. */
export function refuseEditor(io: CommandIo): void {
  if (!io.terminal.hasKeyboard)
    throw new AppError("usage", "--edit needs a terminal.", {
      hint: "Pass --prompt-file FILE, or pipe the prompt in with - in its place.",
    });
  if (editorOf(io).length === 0)
    throw new AppError("usage", "--edit needs an editor, and neither VISUAL nor EDITOR is set.", {
      hint: OTHERWISE,
    });
}

/**
 * Lets a person write the prompt. What was written is deleted if the command succeeds; else the person is told where
 * it is.
 *
 * @throws AppError `usage` if the editor fails or nothing was written; `terminated` if a signal is to end this process
 */
export async function writePrompt(io: CommandIo, editor: readonly string[]): Promise<string> {
  const { text, path, problem, endedBy, discard } = await openEditor(io, editor);
  const isBlank = text.trim() === "";
  if (isBlank) discard();
  else
    io.atEnd((exitCode) => {
      if (exitCode === 0) discard();
      else io.terminal.err(`What you wrote is kept: --prompt-file ${quoteWord(path)}\n`);
    });
  if (endedBy !== undefined)
    throw new AppError("terminated", `Nothing was sent: this command got ${endedBy}.`);
  if (problem !== undefined) {
    throw new AppError("usage", `The editor ${quoteWords(editor)} ${problem}; nothing was sent.`, {
      hint: OTHERWISE,
    });
  }
  if (isBlank) {
    throw new AppError("usage", "Nothing was written in the editor, so nothing was sent.", {
      hint: "Save the text before you leave the editor. One that returns at once needs an option, such as EDITOR='code --wait'.",
    });
  }
  return text;
}

async function openEditor(io: CommandIo, editor: readonly string[]) {
  const { env, cwd } = io.around;
  const temp = findTempRoot(env, cwd);
  try {
    return await io.edit(editor, temp);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("usage", `No file for the prompt could be made in ${temp}: ${why}.`, {
      hint: "Set TMPDIR to a folder that you can write to.",
      cause,
    });
  }
}
