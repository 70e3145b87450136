import { FAST_AGENT } from "../../test/support/fake-agent/script.ts";
import { agentSessions, type Command, run } from "../command.ts";
import { withFastAgent } from "../fast-agent.ts";
import { FIRST_NAME, nameConversations } from "../name-conversations.ts";
import { type Figure, figure, type Measured, type Part, timing } from "../result.ts";
import { type RoundOptions, type TimesMs, timeInTurn } from "../rounds.ts";
import { differences, ratios } from "../spread.ts";

const COUNTS = [1, 1_000, 10_000, 100_000] as const;
const MANY = [1_000, 10_000, 100_000] as const;
type Count = `${(typeof COUNTS)[number]}`;

/** A workspace for each number of names. */
type Workspaces = Record<Count, string>;

interface Place {
  cwd: string;
  env: Record<string, string>;
}

/** The most that a list of 10,000 names should take, in lists of one name. */
const LIST_AT_MOST = 2.5;
/** The most that a name should take to be found among so many, over the only one. */
const RESOLVE_AT_MOST_MS: Partial<Record<Count, number>> = { 10000: 20, 100000: 150 };

/** How commands grow with the number of names. */
export const names: Part = {
  title: "Many names",
  defaultRounds: 10,
  measure: (options) =>
    withFastAgent({}, async (place) => {
      const workspaces = await makeWorkspaces(place, options.stop);
      const { env } = place;
      let created = 0;
      const listed = await measure("list --json", workspaces, options, (cwd) => {
        return { argv: agentSessions("list", "--json"), cwd, env };
      });
      const shown = await measure("show", workspaces, options, (cwd) => {
        return { argv: agentSessions("show", FIRST_NAME, "--json"), cwd, env };
      });
      const made = await measure("create", workspaces, options, (cwd) => {
        created += 1;
        return {
          argv: agentSessions("create", `made-${created}`, "hi", "--agent-cmd", FAST_AGENT),
          cwd,
          env,
        };
      });
      const sent = await measure("send", workspaces, options, (cwd) => {
        return { argv: agentSessions("send", FIRST_NAME, "hi", "--agent-cmd", FAST_AGENT), cwd, env };
      });
      return {
        timings: [listed, shown, made, sent].flatMap(({ timings }) => timings),
        figures: [
          ...ratioFigures("list --json", listed.timesMs),
          ...differenceFigures("show", shown.timesMs, RESOLVE_AT_MOST_MS),
          ...differenceFigures("create", made.timesMs, {}),
          ...differenceFigures("send", sent.timesMs, {}),
        ],
      };
    }),
};

async function makeWorkspaces({ cwd, env }: Place, stop: AbortSignal): Promise<Workspaces> {
  const made: [string, string][] = [];
  for (const count of COUNTS) {
    const workspace = nameConversations({ env, beside: cwd }, count);
    // The first reader after a change looks into the mapping file once more and then knows it.
    const settled = await run({ argv: agentSessions("list", "--json"), cwd: workspace, env }, stop);
    const listed = JSON.parse(settled.stdout).count;
    if (listed !== count) throw new Error(`${count} names were made and ${listed} are listed.`);
    made.push([String(count), workspace]);
  }
  return Object.fromEntries(made) as Workspaces;
}

async function measure(
  words: string,
  workspaces: Workspaces,
  options: RoundOptions,
  command: (cwd: string) => Command,
): Promise<Pick<Measured, "timings"> & { timesMs: Record<Count, TimesMs> }> {
  const timesMs = await timeInTurn(
    {
      1: () => command(workspaces[1]),
      1000: () => command(workspaces[1000]),
      10000: () => command(workspaces[10000]),
      100000: () => command(workspaces[100000]),
    },
    options,
  );
  const timings = COUNTS.map((count) => timing(`${words}, ${namesOf(count)}`, timesMs[`${count}`] ?? []));
  return { timings, timesMs };
}

function ratioFigures(words: string, timesMs: Record<Count, TimesMs>): Figure[] {
  return MANY.map((count) => {
    const atMost = count === 10_000 ? LIST_AT_MOST : undefined;
    return figure(
      `${words}, ${namesOf(count)} / 1 name`,
      "times",
      ratios(timesMs[count], timesMs[1]),
      atMost,
    );
  });
}

function differenceFigures(
  words: string,
  timesMs: Record<Count, TimesMs>,
  atMostMs: Partial<Record<Count, number>>,
): Figure[] {
  return MANY.map((count) =>
    figure(
      `${words}, ${namesOf(count)} over 1 name`,
      "ms",
      differences(timesMs[count], timesMs[1]),
      atMostMs[count],
    ),
  );
}

function namesOf(count: number): string {
  return count === 1 ? "1 name" : `${count.toLocaleString("en-US")} names`;
}
