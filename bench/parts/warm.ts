import { randomUUID } from "node:crypto";
import { library } from "../../test/support/cli/open-library.ts";
import { openLoopback } from "../../test/support/loopback/loopback.ts";
import { realAgents } from "../../test/support/loopback/real-agents.ts";
import { agentSessions, type Command, run, timeMs } from "../command.ts";
import { figure, type Part, timing } from "../result.ts";
import { ratios } from "../spread.ts";

const PROMPT = "Say hello.";

/** An agent that can be kept warm, and what is aimed at. */
interface Kept {
  agent: "claude" | "codex";
  /** Says which conversation it was, and goes on in it. */
  alone(program: string): { begin: (id: string) => string[]; goOn: (id: string) => string[] };
  idIn(stdout: string, chosen: string): string;
  /** The most that a warm turn should take, in turns of the agent alone: in one process, and by a command. */
  atMost: { inOneProcess: number; byCommand: number };
}

const CLAUDE: Kept = {
  agent: "claude",
  alone: (program) => {
    const args = [program, "-p", "--output-format", "stream-json", "--verbose"];
    return { begin: (id) => [...args, "--session-id", id], goOn: (id) => [...args, "--resume", id] };
  },
  idIn: (_, chosen) => chosen,
  atMost: { inOneProcess: 0.15, byCommand: 0.3 },
};

const CODEX: Kept = {
  agent: "codex",
  alone: (program) => {
    const args = [program, "exec", "--json"];
    return { begin: () => [...args, "-"], goOn: (id) => [...args, "resume", id, "-"] };
  },
  idIn: (stdout) => JSON.parse(stdout.split("\n")[0] ?? "").thread_id,
  atMost: { inOneProcess: 0.5, byCommand: 0.8 },
};

/** Turns of a real agent that stays, beside those of an agent that is started for each turn. */
function partFor({ agent, alone, idIn, atMost }: Kept, title: string): Part {
  return {
    title: `Turns of the real ${title} that is kept warm, by one process and by a keeper`,
    defaultRounds: 20,
    measure: async ({ rounds, stop }) => {
      const { begin, goOn } = alone(realAgents()[agent]);
      const loopback = await openLoopback();
      const { workspace, env } = loopback;
      const sessions = await library.openSessions({ workspace, env, keepWarm: "5m" });
      const timesMs: Record<"bare" | "inProcess" | "byCommand", number[]> = {
        bare: [],
        inProcess: [],
        byCommand: [],
      };
      try {
        const bare = (argv: string[]): Command => ({ argv, cwd: workspace, env, input: PROMPT });
        const chosen = randomUUID();
        const id = idIn((await run(bare(begin(chosen)), stop)).stdout, chosen);
        const x = await sessions.create("kept-warm", { agent, prompt: PROMPT });
        const command = (...words: string[]): Command => ({
          argv: agentSessions(...words),
          cwd: workspace,
          env,
        });
        await run(command("create", "by-keeper", "--agent", agent, PROMPT), stop);
        const send = command("send", "by-keeper", PROMPT, "--keep-warm", "5m", "--json");
        // The first one of each starts the process that stays.
        for (let round = 0; round <= rounds; round += 1) {
          const bareMs = await timeMs(bare(goOn(id)), stop);
          const beginMs = performance.now();
          const sent = await x.send(PROMPT);
          const inProcessMs = performance.now() - beginMs;
          const commandBeginMs = performance.now();
          const { stdout } = await run(send, stop);
          const byCommandMs = performance.now() - commandBeginMs;
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
          timing("agent alone, resumed", timesMs.bare),
          timing("send of the library", timesMs.inProcess),
          timing("send --keep-warm, the whole command", timesMs.byCommand),
        ],
        figures: [
          figure(
            "send of the library / agent alone",
            "times",
            ratios(timesMs.inProcess, timesMs.bare),
            atMost.inOneProcess,
          ),
          figure(
            "send --keep-warm / agent alone",
            "times",
            ratios(timesMs.byCommand, timesMs.bare),
            atMost.byCommand,
          ),
        ],
      };
    },
  };
}

export const warm = partFor(CLAUDE, "claude");
export const warmCodex = partFor(CODEX, "codex");
