import { openLoopback } from "../../test/support/loopback/loopback.ts";
import { realAgents } from "../../test/support/loopback/real-agents.ts";
import type { Part } from "../result.ts";
import { measureTurns } from "../turn-overhead.ts";

/** The same with the real agent; only the model is a stand-in, and it answers at once. */
export const claude: Part = {
  title: "Turns of the real claude, its model on loopback",
  defaultRounds: 10,
  measure: async (options) => {
    const agent = realAgents().claude;
    const loopback = await openLoopback();
    try {
      const { workspace, env } = loopback;
      return await measureTurns({ bare: agent, flags: [], workspace, env }, options);
    } finally {
      await loopback.close();
    }
  },
};
