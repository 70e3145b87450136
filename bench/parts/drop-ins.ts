import { join } from "node:path";
import { REPOSITORY } from "../../test/support/environment.ts";
import { FAST_AGENT } from "../../test/support/fake-agent/script.ts";
import { agentSessions, type Command, run } from "../command.ts";
import { withFastAgent } from "../fast-agent.ts";
import { figure, type Part, timing } from "../result.ts";
import { timeInTurn } from "../rounds.ts";
import { differences } from "../spread.ts";

const PROGRAM = join(REPOSITORY, "dist/claude-code-invoke-persist.cjs");
const SKILL = join(REPOSITORY, "dist/carried/skills/claude-code-invoke-persist/scripts/invoke_persist.mjs");

/** How much longer than `send` a drop-in's turn may take. */
const AT_MOST_MS = 5;

/** The original scripts' turn beside our own, with an agent that answers at once. */
export const dropIns: Part = {
  title: "A turn of the drop-in for the original script",
  defaultRounds: 30,
  measure: (options) =>
    withFastAgent({ CLAUDE_CMD: FAST_AGENT }, async (place) => {
      const scripted = (script: string, ...args: string[]): Command => ({
        argv: [process.execPath, "--", script, ...args],
        ...place,
      });
      await run({ argv: agentSessions("create", "x", "--agent-cmd", FAST_AGENT), ...place }, options.stop);
      const resume = ["resume-json", "--session-name", "x", "--prompt", "Say hello."];
      const timesMs = await timeInTurn(
        {
          send: () => ({
            argv: agentSessions("send", "x", "Say hello.", "--agent-cmd", FAST_AGENT),
            ...place,
          }),
          program: () => scripted(PROGRAM, ...resume),
          skill: () => scripted(SKILL, ...resume),
        },
        options,
      );
      return {
        timings: [
          timing("agent-sessions send", timesMs.send),
          timing("resume-json, installed", timesMs.program),
          timing("resume-json, from the skill", timesMs.skill),
        ],
        figures: [
          figure(
            "resume-json, installed, over send",
            "ms",
            differences(timesMs.program, timesMs.send),
            AT_MOST_MS,
          ),
          figure(
            "resume-json, from the skill, over send",
            "ms",
            differences(timesMs.skill, timesMs.send),
            AT_MOST_MS,
          ),
        ],
      };
    }),
};
