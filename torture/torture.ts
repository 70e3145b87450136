// npm run torture [-- --only suite] [--short] [--seed N]
import { parseArgs } from "node:util";
import type { Suite, Tally } from "./suite.ts";
import { SUITES } from "./suites/index.ts";

const { values } = parseArgs({
  options: { only: { type: "string" }, short: { type: "boolean" }, seed: { type: "string" } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (!Number.isSafeInteger(seed)) fail(`--seed takes a whole number, not "${values.seed}".`);
if (values.only !== undefined && !Object.hasOwn(SUITES, values.only)) {
  fail(`There is no suite "${values.only}". There are: ${Object.keys(SUITES).join(", ")}.`);
}

let hasLost = false;
for (const [name, suite] of Object.entries(SUITES)) {
  if (values.only !== undefined && values.only !== name) continue;
  if (!(await torture(name, suite))) hasLost = true;
}
process.exit(hasLost ? 1 : 0);

/** True if nothing was lost. A suite that breaks down has proven nothing, so it counts as a loss. */
async function torture(name: string, suite: Suite): Promise<boolean> {
  console.log(`${name}: ${suite.title} (seed ${seed})`);
  const startedMs = performance.now();
  const repeat = `  Repeat: npm run torture -- --only ${name} --seed ${seed}${values.short ? " --short" : ""}`;
  let tally: Tally;
  try {
    tally = await suite.run({
      isShort: values.short === true,
      seed,
      tell: (line) => console.log(`  ${line}`),
    });
  } catch (error) {
    console.log("  The suite broke down:", error);
    console.log(repeat);
    return false;
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (tally.missing !== undefined) {
    console.log(`  skipped: ${tally.missing}`);
    return true;
  }
  const { operations, kills, rounds, losses, notes } = tally;
  console.log(
    `  ${operations} operations, ${kills} kills, ${rounds} rounds, ${losses} losses, in ${seconds} s`,
  );
  for (const note of notes) console.log(`  note: ${note}`);
  if (losses > 0) console.log(repeat);
  return losses === 0;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
