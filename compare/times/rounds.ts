import type { Stage } from "../stage.ts";
import type { Tool } from "../tools/tool.ts";
import { type Step, type StepName, stepNames, steps } from "./steps.ts";

/** Milliseconds of each step, a value for each round. */
export type StepTimes = Map<StepName, number[]>;

export interface RoundTimes {
  times: Map<Tool["key"], StepTimes>;
  /** Why a step could not be timed: the first failure of it. */
  problems: Map<StepName, string>;
}

/**
 * Takes the tools through the same steps, round after round, each time beginning with another tool: a machine that
 * gets slower meanwhile does the same to all of them. The first round is not counted: it fills caches.
 */
export async function timeRounds(
  stages: readonly Stage[],
  { rounds, only, tell }: { rounds: number; only: readonly StepName[]; tell(line: string): void },
): Promise<RoundTimes> {
  const times = new Map(stages.map(({ tool }) => [tool.key, new Map() as StepTimes]));
  const problems: RoundTimes["problems"] = new Map();
  for (let round = 0; round <= rounds; round += 1) {
    tell(`times: round ${round} of ${rounds}${round === 0 ? " (not counted)" : ""}`);
    for (let turn = 0; turn < stages.length; turn += 1) {
      const stage = stages[(round + turn) % stages.length];
      if (stage === undefined) continue;
      for (const [step, ms] of await timeRound(stage, `round-${round}`, only, problems)) {
        if (round === 0) continue;
        const all = times.get(stage.tool.key);
        all?.set(step, [...(all.get(step) ?? []), ms]);
      }
    }
  }
  return { times, problems };
}

/** Every round has a conversation of its own; it is begun even where that is not asked for. */
async function timeRound(
  stage: Stage,
  name: string,
  only: readonly StepName[],
  problems: RoundTimes["problems"],
): Promise<Map<StepName, number>> {
  const times = new Map<StepName, number>();
  for (const step of stepNames) {
    if (step !== "create" && !only.includes(step)) continue;
    const { prepare, commands }: Step = steps[step];
    const argvs = commands(stage.tool, name, `${step} in ${name}`);
    if (argvs === undefined) continue;
    try {
      await prepare?.(stage, name);
      const begin = performance.now();
      for (const argv of argvs) await stage.mustRun(argv);
      if (only.includes(step)) times.set(step, performance.now() - begin);
    } catch (error) {
      stage.stop.throwIfAborted();
      if (!problems.has(step)) problems.set(step, error instanceof Error ? error.message : String(error));
    }
  }
  await stage.endAll();
  return times;
}
