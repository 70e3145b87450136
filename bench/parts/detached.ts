import { FAST_AGENT } from "../../test/support/fake-agent/script.ts";
import { agentSessions, NOTHING_ON_NODE, run } from "../command.ts";
import { withFastAgent } from "../fast-agent.ts";
import { figure, type Part, timing } from "../result.ts";
import { timeInTurn } from "../rounds.ts";
import { differences, ratios } from "../spread.ts";

const NAME = "detached";
const AGENT = ["--agent-cmd", FAST_AGENT, "Say hello."];

/** How soon a caller is let go, and how soon whoever waits is told. */
export const detached: Part = {
  title: "Turns in the background",
  defaultRounds: 30,
  measure: (options) =>
    withFastAgent({}, async (place) => {
      const ours = (...args: string[]) => ({ argv: agentSessions(...args), ...place });
      await run(ours("create", NAME, ...AGENT), options.stop);
      const { node, status, detach, wait } = await timeInTurn(
        {
          node: () => ({ argv: NOTHING_ON_NODE, ...place }),
          status: () => ours("status"),
          detach: () => ours("send", NAME, "--detach", ...AGENT),
          // Also so that the next round finds the conversation free.
          wait: () => ours("wait", NAME),
        },
        options,
      );
      return {
        timings: [
          timing("node -e 0", node),
          timing("status", status),
          timing("send --detach", detach),
          timing("wait, of an agent that answers at once", wait),
        ],
        figures: [
          figure("send --detach over status", "ms", differences(detach, status)),
          figure("send --detach / node -e 0", "times", ratios(detach, node)),
        ],
      };
    }),
};
