import type { Prepared } from "../draft.ts";
import { parseEnvFile } from "../env-file/python.ts";
import { strip } from "../python/text.ts";
import { ScriptFailure } from "./failure.ts";
import type { Script } from "./invocation.ts";
import { findProgram, launchWords } from "./launcher.ts";

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
  const extra = envFile === undefined ? {} : parseEnvFile(readEnvFile(script, envFile), strip);
  const context = { ...script.context, env: { ...script.context.env, ...extra } };

  const names = VARIABLES[tool];
  const flagOrVariable = (dest: string, variable: string | undefined) => {
    const given = script.text(dest);
    if (given !== undefined && strip(given) !== "") return given;
    const set = variable === undefined ? undefined : io.env[variable];
    return set === undefined || strip(set) === "" ? undefined : set;
  };
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

/** Finds the agent's program. This comes last, because nothing before it needs the program. */
export function launcherOf(script: Script, { words, context }: Prepared): string[] {
  return findProgram(script.tool, words, context.env.PATH ?? "", script.io.cwd);
}
