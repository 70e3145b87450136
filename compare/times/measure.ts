import { type Spread, spreadOf } from "../../bench/spread.ts";
import type { TimesResult, Unit } from "../result.ts";
import { Stage } from "../stage.ts";
import { claudeAlone } from "../tools/claude-alone.ts";
import type { Tool } from "../tools/tool.ts";
import { type Measuring, requireSameClaude } from "../truth/measure.ts";
import { smaller } from "../verdict.ts";
import { type Left, measureLeft } from "./left.ts";
import { type RoundTimes, timeRounds } from "./rounds.ts";
import { type StepName, stepNames, steps } from "./steps.ts";

/** What is left after three prompts, by the word that `--only` takes. */
const LEFT = {
  requests: { title: "model requests a prompt", unit: "requests", of: (left: Left) => left.requests },
  processes: { title: "processes left behind", unit: "processes", of: (left: Left) => left.processes },
  memory: { title: "memory left behind", unit: "MB", of: (left: Left) => left.megabytes },
} as const;

type By<Value> = Map<Tool["key"], Value>;

/** Measures the rows of times that are wanted. What can't be measured is a row that says why. */
export async function measureTimes(
  rows: readonly string[],
  options: Measuring & { rounds: number },
): Promise<TimesResult[]> {
  const only = stepNames.filter((step) => rows.includes(step));
  const results: TimesResult[] = [];
  if (only.length > 0) {
    const times = await orProblem(() => timeAll(only, options), options.stop);
    for (const step of only) results.push(rowOf(step, steps[step].title, "ms", spreads(times, step)));
  }
  const wanted = Object.entries(LEFT).filter(([row]) => rows.includes(row));
  if (wanted.length > 0) {
    const left = await orProblem(() => leftBy(options), options.stop);
    for (const [row, { title, unit, of }] of wanted) {
      const values = left instanceof Map ? mapped(left, (one) => spreadOf([of(one)])) : left;
      results.push(rowOf(row, title, unit, values));
    }
  }
  return results;
}

async function timeAll(
  only: readonly StepName[],
  { ours, theirs, claude, stop, tell, rounds }: Measuring & { rounds: number },
): Promise<RoundTimes> {
  return Stage.with(ours, stop, (first) =>
    Stage.with(theirs, stop, (second) =>
      Stage.with(claudeAlone(), stop, async (third) => {
        const stages: Stage[] = [first, second, third];
        const measured = await timeRounds(stages, { rounds, only, tell });
        for (const stage of stages) requireSameClaude(stage, claude);
        return measured;
      }),
    ),
  );
}

async function leftBy({ ours, theirs, claude, stop, tell }: Measuring): Promise<By<Left>> {
  const left: By<Left> = new Map();
  for (const tool of [ours, theirs, claudeAlone()]) {
    tell(`left behind: ${tool.title}`);
    const one = await Stage.with<Tool, Left>(tool, stop, async (stage) => {
      const measured = await measureLeft(stage);
      requireSameClaude(stage, claude);
      return measured;
    });
    left.set(tool.key, one);
  }
  return left;
}

async function orProblem<Value>(measure: () => Promise<Value>, stop: AbortSignal): Promise<Value | string> {
  try {
    return await measure();
  } catch (error) {
    stop.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

function spreads(measured: RoundTimes | string, step: StepName): By<Spread> | string {
  if (typeof measured === "string") return measured;
  const problem = measured.problems.get(step);
  if (problem !== undefined) return problem;
  const found = [...measured.times].flatMap(([key, byStep]) => {
    const values = byStep.get(step);
    return values === undefined ? [] : [[key, spreadOf(values)] as const];
  });
  return new Map(found);
}

function mapped<From, To>(values: By<From>, to: (value: From) => To): By<To> {
  return new Map([...values].map(([key, value]) => [key, to(value)]));
}

function rowOf(row: string, title: string, unit: Unit, values: By<Spread> | string): TimesResult {
  const head = { kind: "times", row, title, unit } as const;
  if (typeof values === "string") return { ...head, problem: values };
  const [ours, theirs, alone] = [values.get("ours"), values.get("theirs"), values.get("alone")];
  if (ours === undefined || theirs === undefined)
    return { ...head, problem: "one of the two has no such step" };
  return { ...head, ours, theirs, ...(alone === undefined ? {} : { alone }), verdict: smaller(ours, theirs) };
}
