import type { Spread } from "../bench/spread.ts";
import type { Verdict } from "./verdict.ts";

/** What a row of the comparison says of one tool. */
export interface TruthCell {
  text: string;
  /** What was seen, for whoever wants to judge again. */
  evidence: unknown;
}

export interface TruthResult {
  kind: "truth";
  row: string;
  title: string;
  ours?: TruthCell;
  theirs?: TruthCell;
  /** Undefined where one of the two could not be measured. */
  verdict?: Verdict;
  /** Why it could not. */
  problem?: string;
}

export type Unit = "ms" | "requests" | "processes" | "MB";

export interface TimesResult {
  kind: "times";
  row: string;
  title: string;
  unit: Unit;
  ours?: Spread;
  theirs?: Spread;
  /** The agent without a tool, where that means something. */
  alone?: Spread;
  verdict?: Verdict;
  problem?: string;
}

export type RowResult = TruthResult | TimesResult;

/** What was compared, and on what machine. */
export interface Versions {
  ours: string;
  oursNode: string;
  acpx: string;
  acpxNode: string;
  adapter: string;
  claude: string;
  /** The processor, the number of cores and the operating system. */
  machine: string;
  /** How many processes wanted to run in the last minute. */
  load: number;
}

export interface Report {
  versions: Versions;
  /** How often the times were taken. */
  rounds: number;
  rows: readonly RowResult[];
}
