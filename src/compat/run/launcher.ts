import { splitWords } from "../../domain/words.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import type { Tool } from "../parse/flags.ts";
import { strip } from "../python/text.ts";
import { commandNotFound, ScriptFailure } from "./failure.ts";

export interface LaunchOptions {
  tool: Tool;
  /** The wrapper, as typed. */
  command: string;
  shell: "posix" | "powershell" | undefined;
  shellCommand: string | undefined;
  shellInit: string | undefined;
}

/**
 * Returns the words before the agent's own arguments. Without a shell, the wrapper is split into POSIX words
 * and run directly. With a shell, the wrapper is code of that shell, so that functions and aliases work; the
 * arguments follow it as data, never as code.
 *
 * Codex's arguments are appended to these words: to `bash -lc <script> __codex_wrapper__`, where they become
 * `"$@"`, or to `pwsh … -Command <script>`, where they become `@args`.
 */
export function launchWords({ tool, command, shell, shellCommand, shellInit }: LaunchOptions): string[] {
  const init = blankAsUndefined(shellInit);
  const launcher = blankAsUndefined(shellCommand);
  // The quoting of the shell command is checked before that of the wrapper, even if the shell command is not
  // used.
  if (launcher !== undefined) splitWords(launcher);
  if (shell === "posix") {
    const script = `${init === undefined ? "" : `${init}\n`}${command} "$@"`;
    return [...splitWords(launcher ?? "bash -lc"), script, "__codex_wrapper__"];
  }
  if (shell === "powershell") {
    const script = `& { ${init === undefined ? "" : `${init}; `}${command} @args }`;
    return [...splitWords(launcher ?? "pwsh -NoLogo -Command"), script];
  }
  const words = splitWords(command);
  if (words.length === 0) throw new ScriptFailure("ValueError", `Empty ${tool} command.`);
  return words;
}

/** Finds the program on the PATH of the environment that the agent will have. */
export function findProgram(tool: Tool, words: readonly string[], path: string, cwd: string): string[] {
  const [program = "", ...rest] = words;
  const file = findExecutable(program, path, cwd);
  if (file === undefined) throw commandNotFound(tool, [program]);
  return [file, ...rest];
}

function blankAsUndefined(text: string | undefined): string | undefined {
  return text === undefined || strip(text) === "" ? undefined : text;
}
