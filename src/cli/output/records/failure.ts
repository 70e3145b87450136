import { type AppError, exitCodeOf } from "../../../domain/errors.ts";
import type { TurnFailure } from "../../../domain/turn/turn.ts";

export function errorRecord(error: AppError) {
  return {
    type: "agent_sessions.error",
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      exit_code: error.exitCode,
      retryable: error.retryable,
      ...error.facts,
    },
  };
}

export function failureRecord(failure: TurnFailure | undefined) {
  if (failure === undefined) return null;
  const { code, message, hint } = failure;
  return { code, message, hint: hint ?? null, exit_code: exitCodeOf(code) };
}
