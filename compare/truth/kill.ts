import { until } from "../../test/support/until.ts";
import type { Grade } from "../verdict.ts";
import type { TruthRow } from "./truth-row.ts";

export interface KillEvidence {
  /** How many prompts were accepted (exit 0) to be run later. */
  accepted: number;
  /** How many of these reached the model after all, without being said again. */
  delivered: number;
  /** The next command on the name, after the kill. */
  nextExitCode: number | null;
  nextStderr: string;
}

const QUEUED = ["queued 1", "queued 2", "queued 3"];
/** How long accepted prompts may take to run after the next command has ended. */
const PATIENCE_MS = 15_000;

/** The tool, its agent and all helpers die at once, as when the machine loses its power. */
export const kill: TruthRow<KillEvidence> = {
  title: "kill -9 of everything, 3 prompts accepted in the queue",
  measure: async (stage) => {
    const { tool, model } = stage;
    await stage.begin("queue", "first");
    let letGo: () => void = () => undefined;
    const held = new Promise<string>((resolve) => {
      letGo = () => resolve("too late");
    });
    model.when("slow", () => held);
    const running = stage.start(tool.say("queue", "slow"));
    await model.received("slow");
    let accepted = 0;
    for (const prompt of QUEUED) {
      const { code } = await stage.run(tool.queue("queue", prompt));
      if (code === 0) accepted += 1;
    }
    await stage.killAll();
    await running.exited;
    letGo();
    const next = await stage.run(tool.say("queue", "and now?"));
    const delivered = () => QUEUED.filter((prompt) => stage.asked(prompt) !== undefined).length;
    await until(() => delivered() === accepted, { what: "the queue", timeoutMs: PATIENCE_MS }).catch(
      () => undefined,
    );
    return { accepted, delivered: delivered(), nextExitCode: next.code, nextStderr: next.stderr };
  },
  grade: gradeKill,
};

export function gradeKill({ accepted, delivered, nextExitCode, nextStderr }: KillEvidence): Grade {
  const isTold = /queue|wait|interrupt|lost|not run|never run/i.test(nextStderr);
  const lost = accepted - delivered;
  const next = `next prompt exit ${nextExitCode}`;
  const notice = lost === 0 ? "" : isTold ? ", with a notice" : ", no notice";
  return {
    score: [accepted === 0 ? 0 : delivered / accepted, isTold ? 1 : 0],
    text: `${delivered} of ${accepted} accepted prompts ran; ${next}${notice}`,
  };
}
