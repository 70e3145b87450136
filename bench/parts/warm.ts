import { randomUUID } from "node:crypto";
import { library } from "../../test/support/cli/open-library.ts";
import { openLoopback } from "../../test/support/loopback/loopback.ts";
import { realAgents } from "../../test/support/loopback/real-agents.ts";
import { agentSessions, type Command, run, timeMs } from "../command.ts";
import { figure, type Part, timing } from "../result.ts";
import { ratios } from "../spread.ts";

const PROMPT = "Say hello.";

/** The most that a turn of a warm agent should take, in turns of the agent alone: in one process, and by a command. */
const IN_ONE_PROCESS_AT_MOST = 0.15;
const BY_COMMAND_AT_MOST = 0.3;

/** Turns of the real claude that stays, beside those of a claude that is started for each turn. */
export const warm: Part = {
  title: "Turns of the real claude that is kept warm, by one process and by a keeper",
  defaultRounds: 20,
  measure: async ({ rounds, stop }) => {
    const agent = realAgents().claude;
    const loopback = await openLoopback();
    const { workspace, env } = loopback;
    const sessions = await library.openSessions({ workspace, env, keepWarm: "5m" });
    const timesMs: Record<"bare" | "inProcess" | "byCommand", number[]> = {
      bare: [],
      inProcess: [],
      byCommand: [],
    };
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
      const command = (...words: string[]): Command => ({
        argv: agentSessions(...words),
        cwd: workspace,
        env,
      });
      await run(command("create", "by-keeper", "--agent", "claude", PROMPT), stop);
      const send = command("send", "by-keeper", PROMPT, "--keep-warm", "5m", "--json");
      // The first one of each starts the process that stays.
      for (let round = 0; round <= rounds; round += 1) {
        const bareMs = await timeMs(bare("--resume", id), stop);
        const begin = performance.now();
        const sent = await x.send(PROMPT);
        const inProcessMs = performance.now() - begin;
        const commandBegin = performance.now();
        const { stdout } = await run(send, stop);
        const byCommandMs = performance.now() - commandBegin;
        if (round === 0) continue;
        for (const how of [sent.process, JSON.parse(stdout).process])
          if (how !== "warm") throw new Error(`The turn was ${how}.`);
        timesMs.bare.push(bareMs);
        timesMs.inProcess.push(inProcessMs);
        timesMs.byCommand.push(byCommandMs);
      }
    } finally {
      await sessions.close();
      // This ends the keeper, too.
      await loopback.close();
    }
    return {
      timings: [
        timing("agent alone, --resume", timesMs.bare),
        timing("send of the library", timesMs.inProcess),
        timing("send --keep-warm, the whole command", timesMs.byCommand),
      ],
      figures: [
        figure(
          "send of the library / agent alone",
          "times",
          ratios(timesMs.inProcess, timesMs.bare),
          IN_ONE_PROCESS_AT_MOST,
        ),
        figure(
          "send --keep-warm / agent alone",
          "times",
          ratios(timesMs.byCommand, timesMs.bare),
          BY_COMMAND_AT_MOST,
        ),
      ],
    };
  },
};
