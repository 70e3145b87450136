import { refuseOnLine } from "../../app/only-here.ts";
import { type Keeper, keepers, runWaiting, stopKeepers } from "../../app/watch/keepers.ts";
import { AppError } from "../../domain/errors.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import { type Answer, defineCommand } from "../command.ts";
import { type CommonOptions, refuseTogether, withCommon } from "../options.ts";
import { formatAge } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import { foldersOf, placeOf } from "../place.ts";
import type { CommandIo } from "../terminal.ts";

interface KeepersFlags extends CommonOptions {
  run?: string;
  stop?: string | true;
  all?: boolean;
}

export const keepersCommand = defineCommand({
  name: "keepers",
  summary: "detached turns that wait, and the processes that keep them",
  description:
    "Lists the detached turns that have not begun, and the keepers: the background processes that run them. One keeper runs all detached turns of a conversation that were sent from one environment, and ends when it has none. If a keeper is killed, or the machine restarts, the next command of agent-sessions starts another one, if it has the same user, account and confinement, and the turn has waited for less than a day. All other turns stay in the list until you run them with --run, or cancel them.",
  examples: [
    "agent-sessions keepers",
    "agent-sessions keepers --run review-src",
    "agent-sessions keepers --stop --all",
  ],
  options(command) {
    withCommon(command)
      .option(
        "--run <name>",
        "run the waiting turns of this name from here, with the environment of this shell",
      )
      .option(
        "--stop [name]",
        "end the keepers, or those of this name; one that runs a turn ends after it, and what waits is left to the next command",
      )
      .option("--all", "of all workspaces");
  },
  run(io, flags: KeepersFlags) {
    refuseContradictions(flags);
    refuseOnLine(io.openContext(), "A keeper");
    if (flags.run !== undefined) return run(io, flags, flags.run);
    return flags.stop === undefined ? list(io, flags) : stop(io, flags, flags.stop);
  },
});

/** @throws AppError `usage` */
function refuseContradictions({ run, stop, all, here }: KeepersFlags): void {
  refuseTogether({ "--all": all, "--here": here });
  if (run !== undefined && stop !== undefined)
    throw new AppError("usage", "--run and --stop can't be given together.", {
      hint: "See what each does with: agent-sessions keepers --help",
    });
  if (run !== undefined && all)
    throw new AppError("usage", "--run is for one name, so it can't be given with --all.", {
      hint: "Choose the folder of the name with --workspace.",
    });
}

async function list(io: CommandIo, flags: KeepersFlags): Promise<Answer> {
  const context = io.openContext();
  const found = await keepers(context, placeMeant(io, flags));
  return {
    json: {
      type: "agent_sessions.keepers",
      turns: found.turns.map((turn) => ({ ...turnView(turn), waitsBecause: turn.waitsBecause })),
      keepers: found.keepers,
    },
    text({ out, style }) {
      const now = context.now();
      if (found.turns.length === 0) out("No detached turn is waiting to begin.\n");
      else out(turnTable(found.turns, now, style));
      if (found.keepers.length > 0) out(`\n${keeperTable(found.keepers, now, style)}`);
    },
  };
}

async function run(io: CommandIo, flags: KeepersFlags, name: string): Promise<Answer> {
  const context = io.openContext();
  const turns = await runWaiting(context, { name, ...(await placeOf(io, context, flags, name)) });
  return {
    json: {
      type: "agent_sessions.keepers",
      turns: turns.map((turn) => ({ ...turnView(turn), waitsBecause: undefined })),
    },
    text({ out }) {
      for (const { turnId } of turns) out(`${turnId}\n`);
    },
  };
}

async function stop(io: CommandIo, flags: KeepersFlags, which: string | true): Promise<Answer> {
  const name = which === true ? undefined : which;
  const context = io.openContext();
  const isOne = name !== undefined && !flags.all;
  const place = isOne ? await placeOf(io, context, flags, name) : placeMeant(io, flags);
  const stopped = await stopKeepers(context, { ...place, name });
  return {
    json: { type: "agent_sessions.keepers", stopped },
    text({ out, err }) {
      if (stopped.length === 0) err("No keeper runs.\n");
      for (const { pid, name: its, isRunning } of stopped)
        out(`${pid} ${printable(its)}${isRunning ? " ends after the turn that runs" : ""}\n`);
    },
  };
}

function placeMeant(io: CommandIo, flags: KeepersFlags) {
  return { workspace: flags.all ? undefined : foldersOf(io, flags), agent: flags.agent };
}

function turnView({ turnId, name, scope, workspace, since }: UnendedTurn): object {
  return { turnId, name, agent: scope.agent, workspace, since };
}

function turnTable(turns: readonly UnendedTurn[], now: Date, style: Style): string {
  const rows = turns.map(({ turnId, name = "", scope, since, waitsBecause }) => [
    style.bold(printable(name)),
    scope.agent,
    turnId,
    formatAge(since, now),
    waitsBecause === undefined ? "kept" : `waits: ${waitsBecause}`,
  ]);
  return formatTable([["NAME", "AGENT", "TURN", "SINCE", "STATE"].map(style.dim), ...rows]);
}

function keeperTable(found: readonly Keeper[], now: Date, style: Style): string {
  const rows = found.map(({ pid, name, agent, since, ...work }) => [
    String(pid),
    style.bold(printable(name)),
    agent,
    formatAge(since, now),
    describeWork(work),
  ]);
  return formatTable([["KEEPER", "NAME", "AGENT", "SINCE", "STATE"].map(style.dim), ...rows]);
}

function describeWork({
  isRunning,
  isWarm,
  queued,
}: Pick<Keeper, "isRunning" | "isWarm" | "queued">): string {
  const waiting = queued === 0 ? [] : [`${queued} queued`];
  const idle = isWarm ? "keeps the agent warm" : "waits";
  return [isRunning ? "runs a turn" : idle, ...waiting].join(", ");
}
