/**
 * The closed table of error codes. A code is a promise to callers: its exit code and whether a retry can help
 * never change; messages may.
 */
export const ERROR_CODES = {
  internal: { exitCode: 1, retryable: false },
  usage: { exitCode: 2, retryable: false },
  name_exists: { exitCode: 2, retryable: false },
  /** The agent, or this program, already has a conversation of this id. */
  conversation_exists: { exitCode: 2, retryable: false },
  /** A file is not what it should be, or has been damaged. */
  file_refused: { exitCode: 2, retryable: false },
  ambiguous_name: { exitCode: 2, retryable: false },
  folder_missing: { exitCode: 2, retryable: false },
  prompt_empty: { exitCode: 2, retryable: false },
  prompt_too_long: { exitCode: 2, retryable: false },
  unsupported: { exitCode: 2, retryable: false },
  /** The name has used up its budget, so nothing was sent. */
  over_budget: { exitCode: 2, retryable: false },
  agent_failed: { exitCode: 3, retryable: true },
  agent_refused: { exitCode: 3, retryable: false },
  /** The model's answer is not what the schema asked for. */
  schema_not_met: { exitCode: 3, retryable: true },
  conversation_changed: { exitCode: 3, retryable: false },
  /** The agent wrote more than its caller allowed. */
  output_limit: { exitCode: 3, retryable: false },
  /** The turn has used up the budget of its name, and was to be ended then. */
  stopped_at_budget: { exitCode: 3, retryable: false },
  no_such_name: { exitCode: 4, retryable: false },
  conversation_lost: { exitCode: 4, retryable: false },
  /** Neither the agent nor this program has such a conversation. */
  no_such_conversation: { exitCode: 4, retryable: false },
  no_such_turn: { exitCode: 4, retryable: false },
  no_such_gate: { exitCode: 4, retryable: false },
  /** The machine that was to run the turn does not have the commit. */
  no_such_commit: { exitCode: 4, retryable: false },
  no_such_checkpoint: { exitCode: 4, retryable: false },
  busy: { exitCode: 5, retryable: true },
  /** A wait has ended, but the turn has not. */
  still_running: { exitCode: 5, retryable: true },
  own_conversation: { exitCode: 5, retryable: false },
  deadline: { exitCode: 6, retryable: true },
  agent_missing: { exitCode: 7, retryable: false },
  not_signed_in: { exitCode: 7, retryable: false },
  state_unreadable: { exitCode: 8, retryable: false },
  state_unwritable: { exitCode: 8, retryable: false },
  state_newer: { exitCode: 8, retryable: false },
  cancelled: { exitCode: 130, retryable: true },
  terminated: { exitCode: 143, retryable: true },
} as const satisfies Record<string, { exitCode: number; retryable: boolean }>;

export type AppErrorCode = keyof typeof ERROR_CODES;

/** Returns the process exit code of `code`. */
export function exitCodeOf(code: AppErrorCode): number {
  return ERROR_CODES[code].exitCode;
}

/** What an error contains in addition to its code and message. */
export interface AppErrorDetails {
  /** What to do next; what the library gives names its own methods. */
  hint?: string | undefined;
  cause?: unknown;
  /** Facts for machines, such as the two ids of a conversation that changed. Snake-case keys, JSON values. */
  facts?: Record<string, unknown>;
}

const BRAND = Symbol.for("agent-sessions.AppError");

/**
 * The one error class of the library and the command line.
 *
 * `message` says what happened with the actual value; `hint` says what to do next; `code` is what programs
 * test. Anything thrown that is not an `AppError` is a bug.
 */
export class AppError extends Error {
  /**
   * What is bundled into a file of its own may bring a copy of this class: an error of either is one of both.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  override readonly name = "AppError";
  readonly code: AppErrorCode;
  readonly hint: string | undefined;
  readonly facts: Record<string, unknown>;

  constructor(code: AppErrorCode, message: string, details: AppErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.facts = details.facts ?? {};
    // No property of the type: who uses the library has no name for the mark.
    Object.defineProperty(this, BRAND, { value: true });
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exitCode;
  }

  /** Whether the same command can succeed later without a change by the caller. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}
