import type { AppErrorCode } from "../errors.ts";

/** A failure that is recognised by the agent's own words or by an HTTP status. */
export interface FailureRule {
  /** Matches the agent's message. */
  words?: RegExp;
  /** Alternatively: the HTTP statuses of the model's service that mean this failure. */
  statuses?: readonly number[];
  code: AppErrorCode;
  /** Completes "Claude Code …" or "Codex …"; the agent's words follow it. */
  says: string;
  hint?: string;
}

/** How the failures of an agent are recognised. The first rule that matches decides. */
export interface FailureTable {
  rules: readonly FailureRule[];
  /**
   * Advice about the agent's own command line. It is removed, because our users do not type that command
   * line.
   */
  advice?: RegExp;
  /** Lines on stderr that the agent also writes in a successful turn. */
  noise?: RegExp;
}
