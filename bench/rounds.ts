import { type Command, timeMs } from "./command.ts";

/** Makes the next command to time. A function, because a `create` needs a new name every time. */
export type NextCommand = () => Command;

/** Wall times in the order of the rounds: values at the same place were taken side by side. */
export type TimesMs = readonly number[];

export interface RoundOptions {
  rounds: number;
  /** Ends the command that runs and rejects. */
  stop: AbortSignal;
}

/**
 * Times commands in turn, A B C A B C, so that a machine that gets slower or faster meanwhile does the same
 * to a command and to its baseline. The first round is not counted: it fills the caches of disk and program.
 */
export async function timeInTurn<Label extends string>(
  commands: Record<Label, NextCommand>,
  { rounds, stop }: RoundOptions,
): Promise<Record<Label, TimesMs>> {
  const labels = Object.keys(commands) as Label[];
  const timesMs = Object.fromEntries(labels.map((label): [string, number[]] => [label, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const label of labels) {
      const elapsedMs = await timeMs(commands[label](), stop);
      if (round > 0) timesMs[label]?.push(elapsedMs);
    }
  }
  // Every label of the commands has its row; the compiler can't follow keys through `fromEntries`.
  return timesMs as Record<string, number[]> as Record<Label, TimesMs>;
}

/** Times `work`, or takes what it says of itself. The first round is not counted. */
export async function timeCalls(
  rounds: number,
  stop: AbortSignal,
  work: () => Promise<number | undefined>,
): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    stop.throwIfAborted();
    const begin = performance.now();
    const told = await work();
    if (round > 0) times.push(told ?? performance.now() - begin);
  }
  return times;
}
