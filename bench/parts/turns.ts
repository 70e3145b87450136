import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FAST_AGENT } from "../../test/fake-agent/script.ts";
import { openSandbox } from "../../test/loopback/sandbox.ts";
import { NO_MODEL } from "../no-model.ts";
import type { Part } from "../result.ts";
import { measureTurns } from "../turn-overhead.ts";

/** With an agent that takes next to no time, what is left is ours. */
export const turns: Part = {
  title: "Turns of an agent that answers at once",
  defaultRounds: 30,
  measure: async (options) => {
    const sandbox = openSandbox({ modelUrl: NO_MODEL });
    try {
      // A turn is only whole with a transcript to find, to make durable and to keep.
      const transcripts = join(sandbox.home, ".claude/projects/bench");
      mkdirSync(transcripts, { recursive: true });
      const agent = {
        bare: FAST_AGENT,
        flags: ["--agent-cmd", FAST_AGENT],
        workspace: sandbox.workspace,
        env: sandbox.with({ FAST_AGENT_TRANSCRIPTS: transcripts }),
      };
      return await measureTurns(agent, options);
    } finally {
      sandbox.remove();
    }
  },
};
