/** What a torture suite did. A loss is something that was acknowledged and is gone, or came back, or can't be read. */
export interface Tally {
  operations: number;
  kills: number;
  rounds: number;
  losses: number;
  /** What a reader of the run should know: what was not tried here and why. */
  notes: string[];
  /** Why nothing could be tried here. */
  missing?: string;
}

export function newTally(): Tally {
  return { operations: 0, kills: 0, rounds: 0, losses: 0, notes: [] };
}

export interface TortureOptions {
  /** A few seconds' worth of the suite, for `npm test`. */
  isShort: boolean;
  seed: number;
  tell(line: string): void;
}

/** Does its worst to the program. Throws nothing for a loss: it counts it, and tells what is needed to repeat it. */
export interface Suite {
  title: string;
  run(options: TortureOptions): Promise<Tally>;
}
