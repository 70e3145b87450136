import { AppError } from "../../domain/errors.ts";

/** `ok`: nothing to do; `warning`: everything still works; `problem`: something does not work. */
export type FindingStatus = "ok" | "warning" | "problem";

/** One thing that a check has found, in words for people. */
export interface Finding {
  status: FindingStatus;
  message: string;
  /** What to do next; what the library gives names its own methods. */
  hint?: string | undefined;
  /** Told for what is not there and need not be. */
  optional?: true;
}

/** The most findings of a kind to list: after ten repairs, the rest are clear. */
const MOST_OF_A_KIND = 10;

const finding =
  (status: FindingStatus) =>
  (message: string, hint?: string): Finding => ({ status, message, hint });

export const ok = finding("ok");
export const warning = finding("warning");
export const problem = finding("problem");

/** Turns an AppError of a check into a finding; throws any other error. */
export function problemOf(error: unknown): Finding {
  if (!(error instanceof AppError)) throw error;
  return problem(error.message, error.hint);
}

/** Returns, as a finding, the AppError that keeps `look` from looking; throws any other error. */
export function problemsIn(look: () => unknown): Finding[] {
  try {
    look();
    return [];
  } catch (error) {
    return [problemOf(error)];
  }
}

/** Returns the findings, or one `ok` finding if there are none. */
export function foundOr(findings: readonly Finding[], allWell: string): Finding[] {
  return findings.length === 0 ? [ok(allWell)] : mostOf(findings);
}

/** Returns the first of many findings, and the number of the rest. */
export function mostOf(findings: readonly Finding[]): Finding[] {
  const shown = findings.slice(0, MOST_OF_A_KIND);
  const rest = findings.length - shown.length;
  if (rest === 0) return shown;
  const tellOf = findings.some(({ status }) => status === "problem") ? problem : warning;
  return [...shown, tellOf(`${rest} more of these.`)];
}
