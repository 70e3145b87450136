import { openSandbox, type Sandbox } from "../../test/loopback/sandbox.ts";
import { agentSessions, type Command, run } from "../command.ts";
import { FIRST_NAME, nameConversations } from "../name-conversations.ts";
import { NO_MODEL } from "../no-model.ts";
import { figure, type Measured, type Part, timing } from "../result.ts";
import { type RoundOptions, timeInTurn } from "../rounds.ts";
import { ratios } from "../spread.ts";

interface NamedWorkspaces {
  one: string;
  thousand: string;
  tenThousand: string;
}

/** The most that a list of 10,000 names should take, in lists of one name. */
const LIST_AT_MOST = 2.5;

/** How commands that only read grow with the number of names. */
export const names: Part = {
  title: "Reading with many names",
  defaultRounds: 20,
  measure: async (options) => {
    const sandbox = openSandbox({ modelUrl: NO_MODEL });
    try {
      const workspaces = {
        one: await namedWorkspace(sandbox, 1, options.stop),
        thousand: await namedWorkspace(sandbox, 1_000, options.stop),
        tenThousand: await namedWorkspace(sandbox, 10_000, options.stop),
      };
      const measured = [
        await measureReading(["list", "--json"], sandbox, workspaces, options, LIST_AT_MOST),
        await measureReading(["list"], sandbox, workspaces, options, LIST_AT_MOST),
        await measureReading(["show", FIRST_NAME, "--json"], sandbox, workspaces, options),
      ];
      return {
        timings: measured.flatMap(({ timings }) => timings),
        figures: measured.flatMap(({ figures }) => figures),
      };
    } finally {
      sandbox.remove();
    }
  },
};

async function measureReading(
  args: readonly string[],
  { env }: Sandbox,
  workspaces: NamedWorkspaces,
  options: RoundOptions,
  atMost?: number,
): Promise<Measured> {
  const inside = (cwd: string) => (): Command => ({ argv: agentSessions(...args), cwd, env });
  const { one, thousand, tenThousand } = await timeInTurn(
    {
      one: inside(workspaces.one),
      thousand: inside(workspaces.thousand),
      tenThousand: inside(workspaces.tenThousand),
    },
    options,
  );
  const words = args.filter((word) => word !== FIRST_NAME).join(" ");
  return {
    timings: [
      timing(`${words}, 1 name`, one),
      timing(`${words}, 1,000 names`, thousand),
      timing(`${words}, 10,000 names`, tenThousand),
    ],
    figures: [
      figure(`${words}, 1,000 names / 1 name`, "times", ratios(thousand, one)),
      figure(`${words}, 10,000 names / 1 name`, "times", ratios(tenThousand, one), atMost),
    ],
  };
}

async function namedWorkspace(sandbox: Sandbox, count: number, stop: AbortSignal): Promise<string> {
  const workspace = sandbox.addWorkspace(`names-${count}`);
  await nameConversations(sandbox, workspace, count);
  // The first reader after a change looks into the mapping file once more and then knows it.
  const settled = await run(
    { argv: agentSessions("list", "--json"), cwd: workspace, env: sandbox.env },
    stop,
  );
  const listed = JSON.parse(settled.stdout).count;
  if (listed !== count) throw new Error(`${count} names were made and ${listed} are listed.`);
  return workspace;
}
