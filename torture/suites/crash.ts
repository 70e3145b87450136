import { availableParallelism } from "node:os";
import { killsAtEachStep } from "../crash/at-each-step.ts";
import { killsAtRandom } from "../crash/at-random.ts";
import type { Suite, Tally } from "../suite.ts";

export const crash: Suite = {
  title: "SIGKILL at random instants and at each step towards the disk",
  async run(options) {
    const tally: Tally = { operations: 0, kills: 0, rounds: 0, losses: 0, notes: [] };
    const pieces = [...(await killsAtRandom(tally, options)), ...killsAtEachStep(tally, options)];
    // A round is one process after the other; the short version runs beside other tests.
    const lanes = options.isShort ? 1 : availableParallelism();
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) await piece();
      }),
    );
    return tally;
  },
};
