import { splitWords } from "../../domain/words.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import type { Prepared } from "../draft.ts";
import type { Tool } from "../parse/flags.ts";
import { parseEnvFile } from "../python/env-file.ts";
import { strip } from "../python/text.ts";
import { commandNotFound, ScriptFailure } from "./failure.ts";
import type { Script } from "./invocation.ts";

const VARIABLES = {
  claude: { command: "CLAUDE_CMD", shell: undefined, shellCommand: undefined, shellInit: undefined },
  codex: {
    command: "CODEX_CMD",
    shell: "CODEX_SHELL",
    shellCommand: "CODEX_SHELL_CMD",
    shellInit: "CODEX_SHELL_INIT",
  },
} as const;

export function prepare(script: Script): Prepared {
  const { tool, io } = script;
  const envFile = script.text("env_file");
  const extra = envFile === undefined ? {} : parseEnvFile(readEnvFile(script, envFile));
  const context = { ...script.context, env: { ...script.context.env, ...extra } };

  const names = VARIABLES[tool];
  const flagOrVariable = (dest: string, variable: string | undefined) =>
    unlessBlank(script.text(dest)) ?? unlessBlank(variable && io.env[variable]);
  const shell = shellKind(flagOrVariable("codex_shell", names.shell), names.shell);
  const command = flagOrVariable("cmd", names.command) ?? tool;
  const words = launchWords({
    tool,
    command,
    shell,
    shellCommand: flagOrVariable("codex_shell_cmd", names.shellCommand),
    shellInit: flagOrVariable("codex_shell_init", names.shellInit),
  });
  const early = tool === "codex" ? deadlineOf(script) : undefined;
  const model = notBlank(script, "model", "--model");
  const effort = notBlank(script, "reasoning_effort", "--reasoning-effort");
  const deadlineSeconds = tool === "codex" ? early : deadlineOf(script);
  return { context, words, isPowerShell: shell === "powershell", model, effort, deadlineSeconds };
}

function shellKind(
  text: string | undefined,
  variable: string | undefined,
): "posix" | "powershell" | undefined {
  if (text === undefined) return undefined;
  const kind = strip(text).toLowerCase();
  if (kind === "posix" || kind === "powershell") return kind;
  throw new ScriptFailure(
    "ValueError",
    `${variable} must be one of: posix, powershell (got ${JSON.stringify(text)}).`,
  );
}

function notBlank(script: Script, dest: string, flag: string): string | undefined {
  const given = script.text(dest);
  if (given === undefined) return undefined;
  const text = strip(given);
  if (text === "") throw new ScriptFailure("ValueError", `${flag} cannot be empty.`);
  return text;
}

function deadlineOf(script: Script): number | undefined {
  const seconds = script.values.deadline_seconds;
  if (typeof seconds !== "number") return undefined;
  if (!(seconds > 0)) throw new ScriptFailure("ValueError", "--deadline-seconds must be > 0 when provided.");
  return seconds;
}

function readEnvFile(script: Script, path: string): string {
  return readText(script, path, `Env file not found: ${path}`);
}

/** The text of a role file, byte for byte. */
export function readRole(script: Script): string | undefined {
  const path = script.text("role_definition_md");
  if (path === undefined) return undefined;
  const text = readText(script, path, `Role definition file not found: ${path}`);
  if (!path.toLowerCase().endsWith(".md")) {
    throw new ScriptFailure("ValueError", "--role-definition-md must point to a .md file.");
  }
  return text;
}

function readText(script: Script, path: string, missing: string): string {
  if (!script.io.isFile(path)) throw new ScriptFailure("FileNotFoundError", missing);
  try {
    return script.io.readFile(path);
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new ScriptFailure(
      errno === "EACCES" ? "PermissionError" : "OSError",
      `${path} can't be read: ${errno}.`,
    );
  }
}

/** Finds the agent's program on the PATH that the agent will have. This comes last, because nothing before it needs the program. */
export function launcherOf({ tool, io }: Script, { words, context }: Prepared): string[] {
  const [program = "", ...rest] = words;
  const file = findExecutable(program, context.env.PATH ?? "", io.cwd);
  if (file === undefined) throw commandNotFound(tool, [program]);
  return [file, ...rest];
}

interface LaunchOptions {
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
function launchWords({
  tool,
  command,
  shell,
  shellCommand: launcher,
  shellInit: init,
}: LaunchOptions): string[] {
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

function unlessBlank(text: string | undefined): string | undefined {
  return text === undefined || strip(text) === "" ? undefined : text;
}
