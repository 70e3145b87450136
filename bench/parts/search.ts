import { join } from "node:path";
import { agentSessions, NOTHING_ON_NODE, run } from "../command.ts";
import { withFastAgent } from "../fast-agent.ts";
import { figure, type Measured, type Part, timing } from "../result.ts";
import { type RoundOptions, timeInTurn } from "../rounds.ts";
import { COMMON, RARE, sayMuch } from "../say-much.ts";
import { differences } from "../spread.ts";

/** How many turns there are, and the most that a search among them should take over an empty start of Node. */
const SIZES = [
  [10_000, 150],
  [100_000, 700],
] as const;

/** What is looked for, and how the table calls it. */
const SEARCHES = {
  "a rare word": [RARE],
  "two words": ["ROUNDING", RARE],
  "a common word": [COMMON],
  "no hit": ["zanzibarian"],
  umlauts: ["für"],
} as const;

/** How long a search takes, of all journals of the user. */
export const search: Part = {
  title: "Search",
  defaultRounds: 5,
  measure: async (options) => {
    const measured: Measured = { timings: [], figures: [] };
    for (const [turns, atMostMs] of SIZES) {
      const { timings, figures } = await measureSize(turns, atMostMs, options);
      measured.timings.push(...timings);
      measured.figures.push(...figures);
    }
    return measured;
  },
};

function measureSize(turns: number, atMostMs: number, options: RoundOptions): Promise<Measured> {
  return withFastAgent({}, async ({ cwd, env }) => {
    sayMuch(env.AGENT_SESSIONS_HOME ?? "", join(cwd, "projects"), turns);
    const argv = (words: readonly string[]) => agentSessions("search", "--json", ...words);
    const { hits } = JSON.parse((await run({ argv: argv([RARE]), cwd, env }, options.stop)).stdout);
    if (hits.length !== Math.min(20, turns / 2_000)) throw new Error(`${hits.length} hits for ${RARE}.`);
    const commands = Object.entries(SEARCHES).map(
      ([what, words]) => [what, () => ({ argv: argv(words), cwd, env })] as const,
    );
    const { node = [], ...timesMs } = await timeInTurn<string>(
      { node: () => ({ argv: NOTHING_ON_NODE, cwd, env }), ...Object.fromEntries(commands) },
      options,
    );
    const among = `${turns.toLocaleString("en-US")} turns`;
    return {
      timings: [
        timing(`node -e 0, beside ${among}`, node),
        ...Object.entries(timesMs).map(([what, ms]) => timing(`search ${what}, ${among}`, ms)),
      ],
      figures: Object.entries(timesMs).map(([what, ms]) =>
        figure(`search ${what}, ${among} over node -e 0`, "ms", differences(ms, node), atMostMs),
      ),
    };
  });
}
