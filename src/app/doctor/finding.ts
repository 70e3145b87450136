import { AppError } from "../../domain/errors.ts";

/** `ok`: nothing to do; `warning`: everything still works; `problem`: something does not work. */
export type FindingStatus = "ok" | "warning" | "problem";

/** One thing that a check has found, in words for people. */
export interface Finding {
  status: FindingStatus;
  message: string;
  /** The next command to type, or the next thing to do. */
  hint?: string | undefined;
}

/** The most findings of a kind to list: after ten repairs, the rest are clear. */
const MOST_OF_A_KIND = 10;

export function ok(message: string, hint?: string): Finding {
  return { status: "ok", message, ...(hint === undefined ? {} : { hint }) };
}

export function warning(message: string, hint?: string): Finding {
  return { status: "warning", message, ...(hint === undefined ? {} : { hint }) };
}

export function problem(message: string, hint?: string): Finding {
  return { status: "problem", message, ...(hint === undefined ? {} : { hint }) };
}

/** Turns an AppError of a check into a finding; throws any other error. */
export function problemOf(error: unknown): Finding {
  if (!(error instanceof AppError)) throw error;
  return problem(error.message, error.hint);
}

/**
 * Returns the findings, or one `ok` finding if there are none. Of many findings, returns the first ones and
 * the number of the rest.
 */
export function foundOr(findings: readonly Finding[], allWell: string): Finding[] {
  if (findings.length === 0) return [ok(allWell)];
  const shown = findings.slice(0, MOST_OF_A_KIND);
  const rest = findings.length - shown.length;
  const worst = findings.some(({ status }) => status === "problem") ? "problem" : "warning";
  return rest === 0 ? shown : [...shown, { status: worst, message: `There are ${rest} more of these.` }];
}
