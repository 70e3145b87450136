import { parseArgs } from "node:util";
import type { Suite } from "./suite.ts";
import { suites } from "./suites/index.ts";

const { values } = parseArgs({
  options: { only: { type: "string" }, short: { type: "boolean" }, seed: { type: "string" } },
});
const table: Record<string, Suite> = suites;
const names = values.only === undefined ? Object.keys(table) : [values.only];
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const tell = (line: string) => process.stdout.write(`${line}\n`);

for (const name of names) {
  const suite = table[name];
  if (suite === undefined || !Number.isInteger(seed)) {
    process.stderr.write(
      `Usage: npm run torture -- [--only ${Object.keys(table).join("|")}] [--short] [--seed N]\n`,
    );
    process.exit(2);
  }
  const startedMs = performance.now();
  tell(`${name}: ${suite.title} (seed ${seed})`);
  const tally = await suite.run({ isShort: values.short === true, seed, tell: (line) => tell(`  ${line}`) });
  const { operations, kills, rounds, losses, notes } = tally;
  for (const note of notes) tell(`  ${note}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  tell(`  ${operations} operations, ${kills} kills, ${rounds} rounds, ${losses} losses, ${seconds} s`);
  if (losses > 0) process.exitCode = 1;
}
