import type { Spread } from "../bench/spread.ts";
import type { Report } from "./result.ts";

/** The whole comparison as one line, its keys in the style of the command line's own JSON. */
export function reportLine({ versions, rounds, rows }: Report): string {
  const { ours, oursNode, acpx, acpxNode, adapter, claude, machine, load } = versions;
  return `${JSON.stringify({
    type: "agent_sessions.compare",
    versions: {
      agent_sessions: ours,
      agent_sessions_node: oursNode,
      acpx,
      acpx_node: acpxNode,
      claude_agent_acp: adapter,
      claude,
    },
    machine,
    load: Number(load.toFixed(2)),
    rounds,
    rows: rows.map((row) => ({
      row: row.row,
      kind: row.kind,
      title: row.title,
      ...(row.kind === "times"
        ? {
            unit: row.unit,
            ours: rounded(row.ours),
            theirs: rounded(row.theirs),
            claude_alone: rounded(row.alone),
          }
        : { ours: row.ours ?? null, theirs: row.theirs ?? null }),
      verdict: row.verdict ?? null,
      problem: row.problem ?? null,
    })),
  })}\n`;
}

function rounded(spread: Spread | undefined): Spread | null {
  if (spread === undefined) return null;
  const round = (value: number) => Number(value.toFixed(3));
  return { median: round(spread.median), min: round(spread.min), max: round(spread.max) };
}
