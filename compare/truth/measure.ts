import type { TruthResult } from "../result.ts";
import { Stage } from "../stage.ts";
import type { NamingTool } from "../tools/tool.ts";
import { better, type Grade } from "../verdict.ts";
import { truthCases } from "./index.ts";
import type { TruthCase } from "./truth-row.ts";

type Seen = Grade & { evidence: unknown };

export interface Measuring {
  ours: NamingTool;
  theirs: NamingTool;
  /** The version of claude that both have to start. */
  claude: string;
  stop: AbortSignal;
  tell(line: string): void;
}

/** Measures the rows that are wanted, each with both tools in places of their own. */
export async function measureTruth(
  rows: readonly string[],
  { ours, theirs, claude, stop, tell }: Measuring,
): Promise<TruthResult[]> {
  const results: TruthResult[] = [];
  for (const [row, found] of Object.entries<TruthCase>(truthCases)) {
    if (!rows.includes(row)) continue;
    const seen: Partial<Record<"ours" | "theirs", Seen>> = {};
    const problems: string[] = [];
    for (const tool of [ours, theirs]) {
      tell(`${row}: ${tool.title}`);
      try {
        seen[tool.key] = await Stage.with(tool, stop, async (stage) => {
          const one = await found.run(stage);
          requireSameClaude(stage, claude);
          return one;
        });
      } catch (error) {
        stop.throwIfAborted();
        problems.push(`${tool.title}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    results.push(resultOf(row, found.title, seen, problems));
  }
  return results;
}

/** @throws Error where another claude has asked the model: two tools over two agents compare nothing. */
export function requireSameClaude(stage: Stage, claude: string): void {
  const others = stage.claudeVersions().filter((version) => version !== claude);
  if (others.length === 0) return;
  throw new Error(`${stage.tool.title} has started claude ${others.join(", ")} instead of ${claude}.`);
}

function resultOf(
  row: string,
  title: string,
  { ours, theirs }: Partial<Record<"ours" | "theirs", Seen>>,
  problems: readonly string[],
): TruthResult {
  const cell = ({ text, evidence }: Seen) => ({ text, evidence });
  return {
    kind: "truth",
    row,
    title,
    ...(ours === undefined ? {} : { ours: cell(ours) }),
    ...(theirs === undefined ? {} : { theirs: cell(theirs) }),
    ...(ours === undefined || theirs === undefined ? {} : { verdict: better(ours.score, theirs.score) }),
    ...(problems.length === 0 ? {} : { problem: problems.join("; ") }),
  };
}
