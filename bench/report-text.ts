import { formatTable } from "../src/cli/output/table.ts";
import type { Machine } from "./machine.ts";
import type { Figure, PartResult, PlanSeen } from "./result.ts";
import type { Spread } from "./spread.ts";

export const READING_AID = `Look at the figures below each table, the ratios first: both sides of them ran in turn on the same machine.
Times in ms depend on the machine and on what else it does; compare them within one run only.
`;

export function machineText(machine: Machine): string {
  const { cpu, cores, load, node, claude, temporaryFolder, fsyncMs } = machine;
  const claudeText = claude === undefined ? "no claude" : `claude ${claude}`;
  return `${cpu}, ${cores} cores, load ${load.toFixed(1)}; node ${node}, ${claudeText}
fsync in ${temporaryFolder}: ${fsyncMs.median.toFixed(2)} ms (${fsyncMs.min.toFixed(2)} to ${fsyncMs.max.toFixed(2)})
`;
}

export function partText({ part, title, rounds, timings, figures, plans }: PartResult): string {
  const timingRows = timings.map(({ name, ms }) => [name, ...cells(ms, 1), "ms"]);
  const figureRows = figures.map((found) => [
    found.name,
    ...cells(found.spread, found.unit === "times" ? 2 : 1),
    found.unit === "times" ? "×" : found.unit,
    targetText(found),
  ]);
  // One table for both, so that their columns stand below each other.
  const lines = formatTable([
    ["", ...["median", "min", "max"].map((word) => word.padStart(CELL_WIDTH))],
    ...timingRows,
    ...figureRows,
  ]).split("\n");
  lines.splice(1 + timingRows.length, 0, "");
  const table = lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n");
  return `${title} (${part}, ${rounds} rounds)\n${table}${plans === undefined ? "" : planText(plans)}`;
}

/** What the database has read for each figure; a table that was read as a whole is a fault. */
function planText(plans: readonly PlanSeen[]): string {
  const lines = plans.flatMap(({ name, statements, mostRows, whole }) => [
    `plans of ${name}: ${statements} statements, at most ${mostRows} rows of a table`,
    ...whole.map((scan) => `FAULT: ${scan}`),
  ]);
  return `\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

const CELL_WIDTH = 7;

function cells({ median, min, max }: Spread, digits: number): string[] {
  return [median, min, max].map((value) => value.toFixed(digits).padStart(CELL_WIDTH));
}

function targetText({ spread, atMost }: Figure): string {
  if (atMost === undefined) return "";
  return `target: at most ${atMost}, ${spread.median <= atMost ? "met" : "missed"}`;
}
