import type { Machine } from "./machine.ts";
import type { PartResult } from "./result.ts";
import type { Spread } from "./spread.ts";

/** The whole bench as one line, its keys in the style of the command line's own JSON. */
export function reportLine(machine: Machine, results: readonly PartResult[]): string {
  const { fsyncMs, temporaryFolder, claude, ...plain } = machine;
  return `${JSON.stringify({
    type: "agent_sessions.bench",
    machine: {
      ...plain,
      claude: claude ?? null,
      temporary_folder: temporaryFolder,
      fsync_ms: rounded(fsyncMs),
    },
    parts: results.map(({ part, rounds, timings, figures, plans }) => ({
      part,
      rounds,
      timings: timings.map(({ name, ms }) => ({ name, unit: "ms", ...rounded(ms) })),
      figures: figures.map(({ name, unit, spread, atMost }) => ({
        name,
        unit,
        ...rounded(spread),
        target_at_most: atMost ?? null,
        is_target_met: atMost === undefined ? null : spread.median <= atMost,
      })),
      ...(plans === undefined
        ? {}
        : { plans: plans.map(({ mostRows, ...plan }) => ({ ...plan, most_rows: mostRows })) }),
    })),
  })}\n`;
}

function rounded({ median, min, max }: Spread): Spread {
  return { median: round(median), min: round(min), max: round(max) };
}

/** Microseconds of a process are noise. */
function round(value: number): number {
  return Number(value.toFixed(3));
}
