import { killAtEachStep } from "../crash/at-each-step.ts";
import { killAtRandom } from "../crash/at-random.ts";
import type { Suite, Tally } from "../suite.ts";

export const crash: Suite = {
  title: "SIGKILL at random instants and at each step towards the disk",
  async run(options) {
    const tally: Tally = { operations: 0, kills: 0, rounds: 0, losses: 0, notes: [] };
    await killAtRandom(tally, options);
    await killAtEachStep(tally, options);
    return tally;
  },
};
