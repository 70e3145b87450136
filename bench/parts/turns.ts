import { FAST_AGENT } from "../../test/support/fake-agent/script.ts";
import { withFastAgent } from "../fast-agent.ts";
import type { Part } from "../result.ts";
import { measureTurns } from "../turn-overhead.ts";

/** With an agent that takes next to no time, what is left is ours. */
export const turns: Part = {
  title: "Turns of an agent that answers at once",
  defaultRounds: 30,
  measure: (options) =>
    withFastAgent({}, ({ cwd, env }) =>
      measureTurns({ bare: FAST_AGENT, flags: ["--agent-cmd", FAST_AGENT], workspace: cwd, env }, options),
    ),
};
