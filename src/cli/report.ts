import { AppError, type AppErrorCode } from "../domain/errors.ts";
import { jsonLine } from "../domain/json-line.ts";
import { EVENTS_VERSION } from "../domain/turn/event-lines.ts";
import type { CommandIo } from "./terminal.ts";
import { printFailure } from "./turn/output.ts";

/** Hints that are about how a command line is typed. */
const HINTS: Partial<Record<AppErrorCode, string>> = {
  prompt_empty:
    "Write it as the last argument, pass --prompt-file FILE, pipe it in with - in its place, or set EDITOR to write it in an editor.",
};

/** Prints an error for a person or a program and returns the exit code. All errors are printed here. */
export function report(
  thrown: unknown,
  argv: readonly string[],
  { terminal, around: { env } }: Pick<CommandIo, "terminal"> & { around: Pick<CommandIo["around"], "env"> },
): number {
  const error = asAppError(thrown);
  const hint = HINTS[error.code] ?? error.hint;
  // The parser may have failed before it read the flag.
  const wantsEvents = argv.includes("--events");
  const wantsJson = wantsEvents || argv.includes("--json") || argv.includes("--stream");
  const view = { type: "agent_sessions.error", error: detailsOf(error, hint) };
  if (wantsJson) terminal.out(jsonLine(wantsEvents ? { v: EVENTS_VERSION, ...view } : view));
  else printFailure(terminal, error.message, hint);
  if (env.AGENT_SESSIONS_DEBUG) terminal.err(`${error.stack}\n${String(error.cause ?? "")}\n`);
  return error.exitCode;
}

/** Returns an error as its JSON has it. */
export function errorView(thrown: unknown): object {
  const error = asAppError(thrown);
  return detailsOf(error, error.hint);
}

function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError("internal", `This is a bug in agent-sessions: ${what}`, {
    hint: "Please report it with the command you ran. AGENT_SESSIONS_DEBUG=1 prints where it happened.",
    cause: thrown,
  });
}

function detailsOf({ code, message, exitCode, retryable, facts }: AppError, hint: string | undefined) {
  return { code, message, hint: hint ?? null, exit_code: exitCode, retryable, ...facts };
}
