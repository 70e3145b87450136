/** What a suite did. A loss is something that was acknowledged and is not as it was acknowledged. */
export interface Tally {
  operations: number;
  kills: number;
  rounds: number;
  losses: number;
  notes: string[];
}

/** One way to ill-treat the program. It throws nothing for a loss: it counts it and tells how to repeat it. */
export interface Suite {
  title: string;
  run(options: SuiteOptions): Promise<Tally>;
}

export interface SuiteOptions {
  /** A few seconds instead of as long as it takes. */
  isShort: boolean;
  /** The same seed makes the same choices; the machine makes its own. */
  seed: number;
  tell(line: string): void;
}
