import { Command, CommanderError } from "commander";
import { parseCount } from "../src/cli/options.ts";
import { stepNames } from "./times/steps.ts";
import { truthCases } from "./truth/index.ts";
import { UsageError } from "./usage-error.ts";

export interface CompareOptions {
  acpx?: string;
  node?: string;
  /** The words of the rows that are wanted, in order. */
  rows: readonly string[];
  runs: number;
  json: boolean;
  write: boolean;
}

export const TRUTH_ROWS = Object.keys(truthCases);
export const LEFT_ROWS = ["requests", "processes", "memory"];
const TIMES_ROWS = [...stepNames, ...LEFT_ROWS];
const GROUPS = new Map([
  ["truth", TRUTH_ROWS],
  ["times", TIMES_ROWS],
]);

const HELP = `
Examples:
  npm run compare
  npm run compare -- --acpx ~/acpx/node_modules/.bin/acpx --node ~/node-22/bin/node
  npm run compare -- --only truth
  npm run --silent compare -- --json | jq '.rows[] | [.row, .verdict]'

Rows of truth: ${TRUTH_ROWS.join(", ")}
Rows of times: ${TIMES_ROWS.join(", ")}

Exit codes: 0 all rows are measured, whoever does better; 1 a row could not be measured; 2 usage.
`;

/** @throws UsageError where the command line is wrong; CommanderError with exit code 0 after the help. */
export function parseOptions(argv: readonly string[]): CompareOptions {
  const command = new Command("compare")
    .description("Compares agent-sessions with an acpx that you have installed, side by side.")
    .option("--acpx <path>", "the acpx to compare with (default: the first one on PATH)")
    .option("--node <path>", "the Node that starts it (default: one beside acpx or on PATH)")
    .option("--only <what>", "truth, times or one row")
    .option("--runs <count>", "rounds of the times", parseCount, 5)
    .option("--json", "print one JSON object at the end, and nothing else", false)
    .option("--write", "put the result into docs/compare.md, too", false)
    .addHelpText("after", HELP)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    command.parse([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode !== 0)
      throw new UsageError(error.message.replace(/^error: /, ""));
    throw error;
  }
  if (command.args.length > 0) throw new UsageError(`"${command.args[0]}" is no option. See --help.`);
  const { only, ...options } = command.opts<Omit<CompareOptions, "rows"> & { only?: string }>();
  if (options.write && only !== undefined)
    throw new UsageError("--write needs all rows: use it without --only.");
  return { ...options, rows: rowsOf(only) };
}

function rowsOf(only: string | undefined): readonly string[] {
  const all = [...TRUTH_ROWS, ...TIMES_ROWS];
  if (only === undefined) return all;
  const rows = GROUPS.get(only) ?? all.filter((row) => row === only);
  if (rows.length > 0) return rows;
  throw new UsageError(`--only: there is no "${only}". Give truth, times, or one of: ${all.join(", ")}.`);
}
