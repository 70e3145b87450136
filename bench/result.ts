import { isOfMany, type StatementPlan, wideScans } from "../test/support/postgres/plans.ts";
import type { RoundOptions, TimesMs } from "./rounds.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** How long a command took. */
export interface Timing {
  name: string;
  ms: Spread;
}

/** What is worked out from timings, round by round: the numbers to look at. */
export interface Figure {
  name: string;
  unit: "ms" | "times" | "MB" | "per s";
  spread: Spread;
  /** What we want its median not to exceed. It is reported and fails nothing. */
  atMost?: number;
}

export interface Measured {
  timings: Timing[];
  figures: Figure[];
  /** How a database has run what was timed. */
  plans?: PlanSeen[];
}

/** How a database has run the statements of one figure. */
export interface PlanSeen {
  name: string;
  statements: number;
  /** The most rows that one of them has read of a table that grows. */
  mostRows: number;
  /** Which of them have read such a table as a whole: there must be none. */
  whole: string[];
}

/** A part of the bench that can be run alone. */
export interface Part {
  title: string;
  /** Rounds that give steady medians and keep the whole bench below a minute. */
  defaultRounds: number;
  /** Works in throw-away folders, which are gone when it settles. */
  measure(options: RoundOptions): Promise<Measured>;
}

export interface PartResult extends Measured {
  part: string;
  title: string;
  rounds: number;
}

export function planSeen(name: string, plans: readonly StatementPlan[]): PlanSeen {
  const rows = plans.flatMap(({ scans }) => scans.filter(isOfMany).map((scan) => scan.rows));
  return { name, statements: plans.length, mostRows: Math.max(0, ...rows), whole: wideScans(plans) };
}

export function timing(name: string, timesMs: TimesMs): Timing {
  return { name, ms: spreadOf(timesMs) };
}

export function figure(
  name: string,
  unit: Figure["unit"],
  values: readonly number[],
  atMost?: number,
): Figure {
  return { name, unit, spread: spreadOf(values), ...(atMost === undefined ? {} : { atMost }) };
}
