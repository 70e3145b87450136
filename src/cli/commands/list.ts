import type { Command } from "commander";
import { type FamilyTree, familyTrees } from "../../app/family.ts";
import { type ListedName, list } from "../../app/list.ts";
import { openContext } from "../../app/open-context.ts";
import type { NameEntry } from "../../domain/name.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { jsonLine, listRecord } from "../output/json.ts";
import { formatAge } from "../output/numbers.ts";
import { styleFor } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

interface ListFlags extends CommonOptions {
  tree?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions list
  agent-sessions list --tree
  agent-sessions list --workspace ~/work/api --json | jq -r '.names[].name'
`;

export function addList(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("list")
    .alias("ls")
    .summary("the conversations of a workspace")
    .description("Lists the names of a workspace, those used last first.")
    .addHelpText("before", EXAMPLES);
  command.option("--tree", "draw together what was forked from each other");
  withCommon(command, { agent: "only the names of this agent" }).action(async (flags: ListFlags) => {
    const workspace = workspaceOf(io, flags);
    const context = openContext(io.around);
    const listing = await list(context, { workspace, agent: flags.agent });
    const { terminal } = io;
    const placed = flags.tree
      ? flatten(await familyTrees(context, listing.names))
      : listing.names.map((listed) => ({ listed, branch: "" }));
    if (flags.json) {
      terminal.out(jsonLine(listRecord(workspace, listing)));
      return done(0);
    }
    const style = styleFor(terminal.hasColor.out);
    const now = context.now();
    const rows = [
      ...listing.creating.map(({ name, agent, since }) => [
        printable(name),
        agent,
        style.yellow(`being created, ${formatAge(since, now)}`),
        "",
        "",
      ]),
      ...placed.map(({ listed: { entry, agent, busySince }, branch }) => [
        branch + style.bold(printable(entry.name)),
        agent,
        busySince === undefined
          ? formatAge(entry.usedAt ?? entry.createdAt, now)
          : style.yellow(`busy, ${formatAge(busySince, now)}`),
        modelOf(entry),
        style.dim(printable(entry.sessionId)),
      ]),
    ];
    if (rows.length === 0) {
      terminal.err(
        `No conversation is named in ${workspace} yet. Start one with: agent-sessions create NAME '…'\n`,
      );
    } else {
      terminal.out(formatTable([["NAME", "AGENT", "LAST USED", "MODEL", "SESSION"].map(style.dim), ...rows]));
    }
    done(0);
  });
}

/** A tree as lines, each with the branches that lead to it. */
function flatten(trees: readonly FamilyTree[], prefix?: string): { listed: ListedName; branch: string }[] {
  return trees.flatMap(({ listed, forks }, at) => {
    const isLast = at === trees.length - 1;
    const branch = prefix === undefined ? "" : `${prefix}${isLast ? "└─ " : "├─ "}`;
    const below = prefix === undefined ? "" : `${prefix}${isLast ? "   " : "│  "}`;
    return [{ listed, branch }, ...flatten(forks, below)];
  });
}

function modelOf({ lastModel = "", lastEffort = "" }: NameEntry): string {
  return printable(lastEffort === "" ? lastModel : `${lastModel} / ${lastEffort}`);
}
