import type { Command } from "commander";
import { type Removed, remove } from "../../app/names/remove.ts";
import { removeAll } from "../../app/names/remove-all.ts";
import { openContext } from "../../app/open-context.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWords } from "../../domain/words.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { jsonLine } from "../output/json.ts";
import { removedAllRecord, removedRecord } from "../output/records/name.ts";
import { printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

interface RemoveFlags extends CommonOptions {
  all?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions remove review-src
  agent-sessions remove --all --agent codex
`;

export function addRemove(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("remove")
    .alias("rm")
    .argument("[name]", "the name to take away")
    .summary("take a name away, or all")
    .description(
      "Takes a name away, or with --all all names of the workspace. The conversations stay with their agents, and the name log remembers where each name pointed: restore brings it back.",
    )
    .addHelpText("before", EXAMPLES)
    .option("--all", "all names of the workspace, or with --agent those of that agent: all of them or none");
  withCommon(command, { agent: "which agent's name, where two own it" }).action(
    async (name: string | undefined, flags: RemoveFlags) => {
      refuseBoth(name, flags);
      const context = openContext(io.around);
      const workspace = workspaceOf(io, flags);
      const { agent } = flags;
      const removed =
        name === undefined
          ? await removeAll(context, { workspace, agent })
          : [await remove(context, { name, workspace, agent })];
      const told = removed.map((one) => ({ removed: one, undo: undoOf(one, flags) }));
      const [first] = told;
      if (flags.json) {
        const { out } = io.terminal;
        if (name === undefined) out(jsonLine(removedAllRecord(workspace, told)));
        else if (first !== undefined) out(jsonLine(removedRecord(first.removed, first.undo)));
      } else if (first === undefined) {
        io.terminal.err(`There is no name to remove in ${printable(workspace)}.\n`);
      } else {
        for (const { removed, undo } of told) io.terminal.err(describe(removed, undo));
      }
      done(0);
    },
  );
}

function refuseBoth(name: string | undefined, { all }: RemoveFlags): void {
  if ((name === undefined) === (all === true)) return;
  const message = all ? "--all takes all names away, and no name beside it." : "No name was given.";
  throw new AppError("usage", message, {
    hint: "Take one name away with: agent-sessions remove NAME   or all of this workspace with: agent-sessions remove --all",
  });
}

/**
 * Returns the command that brings a name back. With `--all`, two agents may have owned the name, so the agent
 * is given.
 */
function undoOf({ name, agent }: Removed, flags: RemoveFlags): string {
  const where = flags.workspace === undefined ? [] : ["--workspace", flags.workspace];
  const whose = flags.agent === undefined && !flags.all ? [] : ["--agent", agent];
  return quoteWords(["agent-sessions", "restore", name, ...whose, ...where]);
}

function describe({ name, agent, sessionId, runningTurnId }: Removed, undo: string): string {
  const runs = runningTurnId === undefined ? "" : ` Turn ${runningTurnId} still runs in it and goes on.`;
  return `Removed ${JSON.stringify(name)}; it pointed at ${agent} ${printable(sessionId)}.${runs} Bring it back with: ${undo}\n`;
}
