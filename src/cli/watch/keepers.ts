import { queuedTurns, runWaiting } from "../../app/watch/keepers.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, placeOf, withCommon } from "../options.ts";
import { formatAge } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";

interface KeepersFlags extends CommonOptions {
  run?: string;
  all?: boolean;
}

export const keepersCommand = defineCommand({
  name: "keepers",
  summary: "detached turns that have not begun, and who runs them",
  description:
    "Lists the detached turns that have not begun. Each has a process that runs it when its turn comes. If that process is killed, or the machine restarts, the next command of agent-sessions starts another one, if it has the same user, account and confinement, and the turn has waited for less than a day. All other turns stay in the list until you run them with --run, or cancel them.",
  examples: ["agent-sessions keepers", "agent-sessions keepers --run review-src"],
  options(command) {
    withCommon(command)
      .option(
        "--run <name>",
        "run the waiting turns of this name from here, with the environment of this shell",
      )
      .option("--all", "of all workspaces");
  },
  async run(io, flags: KeepersFlags) {
    const context = io.openContext();
    const { workspace, agent } = placeOf(io, flags);
    const turns =
      flags.run === undefined
        ? await queuedTurns(context, { workspace: flags.all ? undefined : workspace, agent })
        : await runWaiting(context, { name: flags.run, workspace, agent });
    return {
      json: {
        type: "agent_sessions.keepers",
        turns: turns.map((turn) => viewOf(turn, flags.run !== undefined)),
      },
      text({ out, style }) {
        if (flags.run !== undefined) for (const { turnId } of turns) out(`${turnId}\n`);
        else if (turns.length === 0) out("No detached turn is waiting to begin.\n");
        else out(tableOf(turns, context.now(), style));
      },
    };
  },
});

function viewOf(turn: UnendedTurn, isRunNow: boolean): object {
  const { turnId, name, scope, workspace, since, waitsBecause } = turn;
  return {
    turnId,
    name,
    agent: scope.agent,
    workspace,
    since,
    waitsBecause: isRunNow ? undefined : waitsBecause,
  };
}

function tableOf(turns: readonly UnendedTurn[], now: Date, style: Style): string {
  const rows = turns.map(({ turnId, name = "", scope, since, waitsBecause }) => [
    style.bold(printable(name)),
    scope.agent,
    turnId,
    formatAge(since, now),
    waitsBecause === undefined ? "kept" : `waits: ${waitsBecause}`,
  ]);
  return formatTable([["NAME", "AGENT", "TURN", "SINCE", "STATE"].map(style.dim), ...rows]);
}
