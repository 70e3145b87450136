import { availableParallelism } from "node:os";
import { killsAtEachStep } from "../crash/at-each-step.ts";
import { killsAtRandom } from "../crash/at-random.ts";
import { newTally, type Suite } from "../suite.ts";

export const crash: Suite = {
  title: "SIGKILL at random instants and at each step towards the disk",
  async run(options) {
    const tally = newTally();
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
