import type { AppErrorCode } from "../../../src/domain/errors.ts";

/** What may fail with every agent, and what it means to a user of any of them. */
export const FAILURES = {
  "400": "agent_refused",
  "401": "not_signed_in",
  "403": "not_signed_in",
  "429": "agent_failed",
  "500": "agent_failed",
  dropped: "agent_failed",
  "too long": "agent_refused",
  "unknown model": "agent_refused",
  "unknown id": "conversation_lost",
  "unknown option": "agent_refused",
  "no key": "not_signed_in",
} as const satisfies Record<string, AppErrorCode>;

/** How an agent told of a failure: its exit code, the lines of its stream that say so, and the end of its stderr. */
export interface RecordedFailure {
  what: string;
  version: string;
  code: number | null;
  /** Whether it had not ended after some minutes: it asks the service again and again. */
  isEndless?: true;
  stdout: string[];
  stderr: string;
}
