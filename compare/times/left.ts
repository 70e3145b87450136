import { setTimeout as sleep } from "node:timers/promises";
import { memoryOf } from "../processes.ts";
import type { Stage } from "../stage.ts";

/** What is only just ending is not left behind, and what has still something to ask will ask it. */
const SETTLE_MS = 3_000;

export interface Left {
  /** Requests to the model for each of three prompts. */
  requests: number;
  processes: number;
  megabytes: number;
}

const PROMPTS = ["one", "two", "three"];

/** Says three prompts, and looks at what they have cost and left behind. */
export async function measureLeft(stage: Stage): Promise<Left> {
  const [first = "", ...others] = PROMPTS;
  await stage.begin("left", first);
  for (const prompt of others) await stage.say("left", prompt);
  await sleep(SETTLE_MS);
  const pids = stage.processes();
  return {
    requests: stage.model.requests().length / PROMPTS.length,
    processes: pids.length,
    megabytes: memoryOf(pids) / 1e6,
  };
}
