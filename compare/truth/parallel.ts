import type { Grade } from "../verdict.ts";
import type { TruthRow } from "./truth-row.ts";

export interface ParallelEvidence {
  asked: number;
  /** How many got the answer to their own prompt, with exit code 0. */
  answered: number;
  /** The numbers of the prompts as the model saw them; they were started from 1 upwards. */
  order: number[];
  seconds: number;
  /** What those said that failed. */
  complaints: string[];
}

const COUNT = 20;

/** Twenty commands at once, all for one name. */
export const parallel: TruthRow<ParallelEvidence> = {
  title: "20 prompts to one name at once",
  measure: async (stage) => {
    await stage.begin("busy", "first");
    const prompts = Array.from({ length: COUNT }, (_, at) => `prompt ${at + 1}`);
    const begin = performance.now();
    const running = prompts.map((prompt) => stage.start(stage.tool.say("busy", prompt)));
    const results = await Promise.all(running.map(({ result }) => result));
    const seconds = (performance.now() - begin) / 1000;
    const isAnswered = (at: number) =>
      results[at]?.code === 0 && results[at].stdout.trim() === `You said: ${prompts[at]}`;
    const order = stage.model.requests().flatMap(({ userMessages }) => {
      const at = prompts.indexOf(userMessages.at(-1)?.trim() ?? "");
      return at === -1 ? [] : [at + 1];
    });
    return {
      asked: COUNT,
      answered: prompts.filter((_, at) => isAnswered(at)).length,
      order,
      seconds,
      complaints: results.filter(({ code }) => code !== 0).map(({ stderr }) => stderr.trim().slice(-300)),
    };
  },
  grade: gradeParallel,
};

/** The order that counts is that of the starts; which of two programs is up first is not theirs to decide alone. */
export function gradeParallel({ asked, answered, order, seconds }: ParallelEvidence): Grade {
  const late = order.filter((number, at) => number < Math.max(0, ...order.slice(0, at))).length;
  const inOrder = late === 0 ? "in order" : `${late} overtaken`;
  return {
    score: [answered, -late],
    text: `${answered} of ${asked} got their answer, ${inOrder}, ${seconds.toFixed(1)} s`,
  };
}
