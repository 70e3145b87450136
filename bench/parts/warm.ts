import { randomUUID } from "node:crypto";
import { library } from "../../test/support/cli/open-library.ts";
import { openLoopback } from "../../test/support/loopback/loopback.ts";
import { realAgents } from "../../test/support/loopback/real-agents.ts";
import { type Command, run, timeMs } from "../command.ts";
import { figure, type Part, timing } from "../result.ts";
import { ratios } from "../spread.ts";

const PROMPT = "Say hello.";

/** The most that a turn of a warm agent should take, in turns of the agent alone. */
const AT_MOST = 0.15;

/** Turns of the real claude that stays, from one process, beside those of a claude that is started for each turn. */
export const warm: Part = {
  title: "Turns of the real claude that is kept warm by one process",
  defaultRounds: 20,
  measure: async ({ rounds, stop }) => {
    const agent = realAgents().claude;
    const loopback = await openLoopback();
    const { workspace, env } = loopback;
    const sessions = await library.openSessions({ workspace, env, keepWarm: "5m" });
    const timesMs: Record<"bare" | "warm", number[]> = { bare: [], warm: [] };
    try {
      const id = randomUUID();
      const bare = (...session: string[]): Command => ({
        argv: [agent, "-p", "--output-format", "stream-json", "--verbose", ...session],
        cwd: workspace,
        env,
        input: PROMPT,
      });
      await run(bare("--session-id", id), stop);
      const x = await sessions.create("kept-warm", { agent: "claude", prompt: PROMPT });
      for (let round = 0; round <= rounds; round += 1) {
        const bareMs = await timeMs(bare("--resume", id), stop);
        const begin = performance.now();
        const { process: how, outcome } = await x.send(PROMPT);
        const warmMs = performance.now() - begin;
        // The first one starts the process that stays.
        if (round === 0) continue;
        if (how !== "warm" || outcome !== "succeeded") throw new Error(`The turn was ${how} and ${outcome}.`);
        timesMs.bare.push(bareMs);
        timesMs.warm.push(warmMs);
      }
    } finally {
      await sessions.close();
      await loopback.close();
    }
    return {
      timings: [
        timing("agent alone, --resume", timesMs.bare),
        timing("send in a program that keeps it warm", timesMs.warm),
      ],
      figures: [figure("warm send / agent alone", "times", ratios(timesMs.warm, timesMs.bare), AT_MOST)],
    };
  },
};
