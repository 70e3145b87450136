import { openSandbox } from "../../test/support/sandbox.ts";
import { agentSessions, NOTHING_ON_NODE } from "../command.ts";
import { NO_MODEL } from "../no-model.ts";
import { figure, type Part, timing } from "../result.ts";
import { timeInTurn } from "../rounds.ts";
import { differences, ratios } from "../spread.ts";

/** What it costs to be there at all: Node, and our program loaded by it. */
export const start: Part = {
  title: "Start-up",
  defaultRounds: 30,
  measure: async (options) => {
    const sandbox = openSandbox({ modelUrl: NO_MODEL });
    try {
      const place = { cwd: sandbox.workspace, env: sandbox.env };
      const { node, version } = await timeInTurn(
        {
          node: () => ({ argv: NOTHING_ON_NODE, ...place }),
          version: () => ({ argv: agentSessions("--version"), ...place }),
        },
        options,
      );
      return {
        timings: [timing("node -e 0", node), timing("agent-sessions --version", version)],
        figures: [
          figure("loading agent-sessions", "ms", differences(version, node)),
          figure("agent-sessions --version / node -e 0", "times", ratios(version, node)),
        ],
      };
    } finally {
      sandbox.remove();
    }
  },
};
