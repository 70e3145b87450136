// Writes docs/agents/README.md with what a run of the tests has left in a folder; `npm run agents -- table` starts it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../environment.ts";
import { type PromisesKept, type RunOfPromises, testsOf } from "./promises.ts";
import { ROWS } from "./rows.ts";
import { describeTable } from "./table.ts";

const [, , folder = ""] = process.argv;
const record = join(REPOSITORY, "docs/agents/table.json");
const recorded = JSON.parse(readFileSync(record, "utf8")) as PromisesKept[];
const kept = ROWS.flatMap((row) => {
  const path = join(folder, `${row.agent}.json`);
  const earlier = recorded.filter(({ agent }) => agent === row.agent);
  if (!existsSync(path)) {
    console.log(`${row.agent}: not run; what was recorded before stays`);
    return earlier;
  }
  const { version, passed, failed = [] } = JSON.parse(readFileSync(path, "utf8")) as RunOfPromises;
  // A run of some tests, or one that was cut off, leaves what an earlier one has shown of the same version.
  const before = earlier.filter((one) => one.version === version).map((one) => Object.entries(one.passed));
  const still = new Map([...before.flat(), ...Object.entries(passed)]);
  const kept = testsOf(row).filter(([key, name]) => still.get(key) === name && !failed.includes(key));
  for (const [key, name] of testsOf(row))
    if (!kept.some(([one]) => one === key)) {
      console.error(`not shown: ${name}`);
      process.exitCode = 1;
    }
  return [{ agent: row.agent, version, passed: Object.fromEntries(kept) }];
});
writeFileSync(record, `${JSON.stringify(kept, null, 2)}\n`);
writeFileSync(join(REPOSITORY, "docs/agents/README.md"), describeTable(ROWS, kept));
