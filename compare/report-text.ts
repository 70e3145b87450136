import type { Spread } from "../bench/spread.ts";
import { formatTable } from "../src/cli/output/table.ts";
import { breakLine } from "../src/cli/output/width.ts";
import type { Report, RowResult, TimesResult, TruthResult, Unit, Versions } from "./result.ts";

export const WIDTH = 100;

/** Together with the verdict and the gaps between columns they are 100 wide at most. */
const TITLE_WIDTH = 23;
const CELL_WIDTH = 30;

const AID =
  "Truth is judged by what the model received, by exit codes and by standard output. Times are medians (smallest to " +
  "largest), taken in turn on the same machine; less than a tenth apart counts as equal. RATIO is acpx : agent-sessions.";

export function reportText({ versions, rounds, rows }: Report): string {
  const truth = rows.filter((row) => row.kind === "truth");
  const times = rows.filter((row) => row.kind === "times");
  return [
    headText(versions, rounds),
    ...(truth.length > 0 ? [truthText(truth)] : []),
    ...(times.length > 0 ? [timesText(times)] : []),
    tallyText(rows),
  ].join("\n");
}

function headText(versions: Versions, rounds: number): string {
  const { ours, oursNode, acpx, acpxNode, adapter, claude, machine, load } = versions;
  const tools = `agent-sessions ${ours} (Node ${oursNode}) and acpx ${acpx} (Node ${acpxNode}, claude-agent-acp ${adapter}), both with claude ${claude} and a model on loopback.`;
  return paragraph(`${tools}\n${machine}, load ${load.toFixed(1)}, ${rounds} rounds.\n${AID}`);
}

function paragraph(text: string): string {
  return `${text
    .split("\n")
    .flatMap((line) => breakLine(line, WIDTH))
    .join("\n")}\n`;
}

function truthText(rows: readonly TruthResult[]): string {
  const cells = rows.map((row) => [
    row.title,
    row.ours?.text ?? "not measured",
    row.theirs?.text ?? "not measured",
    row.verdict ?? "–",
  ]);
  return wrappedTable([["TRUTH", "AGENT-SESSIONS", "ACPX", "BETTER"], ...cells]) + problemsText(rows);
}

function timesText(rows: readonly TimesResult[]): string {
  const cells = rows.map(({ title, unit, ours, theirs, alone, verdict }) => [
    title,
    spreadText(ours, unit),
    spreadText(theirs, unit),
    alone === undefined ? "–" : spreadText(alone, unit),
    ours === undefined || theirs === undefined || ours.median === 0
      ? "–"
      : `${(theirs.median / ours.median).toFixed(1)} ×`,
    verdict ?? "–",
  ]);
  const head = ["TIMES AND COSTS", "AGENT-SESSIONS", "ACPX", "CLAUDE ALONE", "RATIO", "BETTER"];
  return formatTable([head, ...cells]) + problemsText(rows);
}

function spreadText(spread: Spread | undefined, unit: Unit): string {
  if (spread === undefined) return "not measured";
  const { median, min, max } = spread;
  if (unit === "ms" && median < 1000) return `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`;
  if (unit === "ms") return `${seconds(median)} s (${seconds(min)}–${seconds(max)})`;
  if (unit === "requests") return String(Number(median.toFixed(1)));
  return unit === "processes" ? String(median) : `${median.toFixed(0)} MB`;
}

function seconds(ms: number): string {
  return (ms / 1000).toPrecision(3);
}

function problemsText(rows: readonly RowResult[]): string {
  const problems = rows.flatMap(({ row, problem }) =>
    problem === undefined ? [] : [paragraph(`Not measured: ${row}: ${problem.replaceAll(/\s+/g, " ")}`)],
  );
  return problems.join("");
}

function tallyText(rows: readonly RowResult[]): string {
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  const open = rows.filter((row) => row.verdict === undefined).length;
  const theirs = rows.filter((row) => row.verdict === "theirs").map(({ title }) => title);
  const named = theirs.length === 0 ? "" : ` (${theirs.join("; ")})`;
  return paragraph(
    `Of ${rows.length} rows, agent-sessions does better in ${count("ours")}, acpx in ${count("theirs")}${named}, and ${count("equal")} are equal${open === 0 ? "" : `; ${open} not measured`}.`,
  );
}

/** A table whose cells go on in the next line; a blank line between rows tells them apart. */
function wrappedTable(rows: readonly (readonly string[])[]): string {
  const lines = rows.flatMap((row, at) => {
    const broken = row.map((cell, column) => breakLine(cell, column === 0 ? TITLE_WIDTH : CELL_WIDTH));
    const height = Math.max(...broken.map((cell) => cell.length));
    const physical = Array.from({ length: height }, (_, line) => broken.map((cell) => cell[line] ?? ""));
    return at === rows.length - 1 || at === 0 ? physical : [...physical, row.map(() => "")];
  });
  return formatTable(lines);
}
