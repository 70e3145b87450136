import { Command, Option } from "commander";
import { parseCount } from "../src/cli/options.ts";
import { type PartName, partNames } from "./parts/index.ts";

export interface BenchOptions {
  /** Rounds of every part; without it, each has its own number. */
  runs?: number;
  only?: PartName;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  npm run bench
  npm run bench -- --only turns --runs 50
  npm run --silent bench -- --json | jq '.parts[].figures[]'
`;

/** Reads the command line. It prints help or a complaint and exits by itself: nothing has begun yet. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const command = new Command("bench")
    .description(
      "Times whole commands against their baselines. It reports and never fails because of a time, only where a database reads a whole table.",
    )
    .option("--runs <count>", "rounds of every part", parseCount)
    .addOption(new Option("--only <part>", "run one part alone").choices(partNames))
    .option("--json", "print one JSON object at the end, and nothing else")
    .addHelpText("after", EXAMPLES);
  return command.parse([...argv], { from: "user" }).opts<BenchOptions>();
}
