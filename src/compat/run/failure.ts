import type { AppError } from "../../domain/errors.ts";
import { quoteWords } from "../../domain/words.ts";
import type { Tool } from "../parse/flags.ts";
import { repr } from "../python/text.ts";

/**
 * A failure as callers of the original scripts expect it: exit code 1, and the last line of stderr has the
 * type of a Python exception and its text.
 */
export class ScriptFailure extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }

  get lastLine(): string {
    // Python prints the text of a KeyError as its `repr`.
    return `${this.type}: ${this.type === "KeyError" ? repr(this.message) : this.message}\n`;
  }
}

export const TITLES: Record<Tool, string> = { claude: "Claude", codex: "Codex" };

/** Converts our errors to those of the original scripts. */
export function failureOf(error: AppError): ScriptFailure {
  const hint = error.hint === undefined ? "" : ` ${error.hint}`;
  const text = `${error.message}${hint}`;
  switch (error.code) {
    case "usage":
      if (error.message.startsWith("No closing quotation"))
        return new ScriptFailure("ValueError", "No closing quotation");
      if (error.message.startsWith("No escaped character"))
        return new ScriptFailure("ValueError", "No escaped character");
      return new ScriptFailure("ValueError", text);
    case "state_unreadable":
    case "state_unwritable":
      return new ScriptFailure(String(error.facts.errno) === "EACCES" ? "PermissionError" : "OSError", text);
    default:
      return new ScriptFailure("RuntimeError", text);
  }
}

export function commandNotFound(tool: Tool, command: readonly string[]): ScriptFailure {
  const words = quoteWords(command);
  const hint =
    tool === "claude"
      ? "Provide --claude-cmd or set CLAUDE_CMD to a command that exists."
      : "Provide --codex-cmd/--codex-shell or set CODEX_CMD to a command that exists.";
  return new ScriptFailure("RuntimeError", `${TITLES[tool]} command not found: ${words}. ${hint}`);
}
