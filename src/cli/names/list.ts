import { type Command, Option } from "commander";
import {
  type FamilyTree,
  familyTrees,
  type ListedName,
  type Listing,
  list,
  parentsOf,
  SORTINGS,
  type Sorting,
} from "../../app/names/list.ts";
import { openContext } from "../../app/open-context.ts";
import { AppError } from "../../domain/errors.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import { type CommonOptions, parseCount, withCommon, workspaceOf } from "../options.ts";
import { describeWindow } from "../output/busy-window.ts";
import { jsonLine } from "../output/json.ts";
import { formatAge } from "../output/numbers.ts";
import { listRecord } from "../output/records/list.ts";
import { type Style, styleFor } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

interface ListFlags extends CommonOptions {
  tree?: boolean;
  all?: boolean;
  sort: Sorting;
  grep?: string;
  limit?: number;
}

const EXAMPLES = `Examples:
  agent-sessions list
  agent-sessions list --tree
  agent-sessions list --all --grep 'review-*' --limit 20
  agent-sessions list --workspace ~/work/api --json | jq -r '.names[].name'
`;

export function addList(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("list")
    .alias("ls")
    .summary("the conversations of a workspace, or of all")
    .description("Lists the names of a workspace, or with --all of all, those used last first.")
    .addHelpText("before", EXAMPLES)
    .option("--all", "of all folders of this user")
    .addOption(new Option("--sort <by>", "the order").choices(SORTINGS).default("used"))
    .option(
      "--grep <text>",
      "only names with this text in them; with * or ?, names that fit as file names do",
    )
    .option("--limit <count>", "so many names at most", parseCount)
    .option("--tree", "draw together what was forked from each other");
  withCommon(command, { agent: "only the names of this agent" }).action(async (flags: ListFlags) => {
    const { all = false, agent, sort, grep: pattern, limit } = flags;
    if (all && flags.workspace !== undefined)
      throw new AppError("usage", "--all and --workspace contradict each other.", {
        hint: "Leave one of them away.",
      });
    const workspace = all ? undefined : workspaceOf(io, flags);
    const context = openContext(io.around);
    const listing = await list(context, { workspace, agent, pattern, sort, limit });
    const { terminal } = io;
    if (flags.json) {
      const parents = flags.tree ? parentsOf(await familyTrees(context, listing.names)) : undefined;
      terminal.out(jsonLine(listRecord(workspace, listing, parents)));
      return done(0);
    }
    const placed = flags.tree
      ? flatten(await familyTrees(context, listing.names))
      : listing.names.map((listed) => ({ listed, branch: "" }));
    if (placed.length + listing.creating.length === 0) terminal.err(nothingThere(workspace, pattern));
    else terminal.out(table(listing, placed, flags, context.now(), styleFor(terminal.hasColor.out)));
    const left = listing.total - listing.names.length;
    if (left > 0) terminal.err(`${left} more are there; --limit ${listing.total} lists them all.\n`);
    done(0);
  });
}

function nothingThere(workspace: string | undefined, pattern: string | undefined): string {
  const where = workspace === undefined ? "any folder" : printable(workspace);
  if (pattern !== undefined)
    return `No conversation in ${where} has a name like ${JSON.stringify(pattern)}.\n`;
  return `No conversation is named in ${where} yet. Start one with: agent-sessions create NAME '…'\n`;
}

interface PlacedName {
  listed: ListedName;
  branch: string;
}

function table(
  { creating }: Listing,
  placed: readonly PlacedName[],
  { all, sort }: ListFlags,
  now: Date,
  style: Style,
): string {
  const where = (workspace: string) => (all ? [printable(workspace)] : []);
  const head = ["NAME", "AGENT", sort === "created" ? "CREATED" : "LAST USED", "MODEL", "SESSION"];
  const rows = [
    ...creating.map(({ name, agent, since, workspace }) => [
      printable(name),
      agent,
      style.yellow(`being created, ${formatAge(since, now)}`),
      "",
      "",
      ...where(workspace),
    ]),
    ...placed.map(({ listed: { entry, agent, workspace, isGone, busySince, window }, branch }) => [
      branch + style.bold(printable(entry.name)),
      agent,
      busySince !== undefined
        ? style.yellow(`busy, ${formatAge(busySince, now)}`)
        : window !== undefined
          ? style.yellow(describeWindow(window))
          : formatAge(sort === "created" ? entry.createdAt : (entry.usedAt ?? entry.createdAt), now),
      modelOf(entry),
      style.dim(printable(entry.sessionId)),
      ...where(workspace).map((path) => (isGone ? style.dim(`${path} (gone)`) : path)),
    ]),
  ];
  return formatTable([[...head, ...(all ? ["WORKSPACE"] : [])].map(style.dim), ...rows]);
}

/** Returns a tree as lines, each with the branches that lead to it. */
function flatten(trees: readonly FamilyTree[], prefix?: string): PlacedName[] {
  return trees.flatMap(({ listed, forks }, at) => {
    const isLast = at === trees.length - 1;
    const branch = prefix === undefined ? "" : `${prefix}${isLast ? "└─ " : "├─ "}`;
    const below = prefix === undefined ? "" : `${prefix}${isLast ? "   " : "│  "}`;
    return [{ listed, branch }, ...flatten(forks, below)];
  });
}

function modelOf({ lastModel = "", lastEffort = "" }: NameEntry): string {
  if (lastModel === "") return lastEffort === "" ? "" : printable(`effort ${lastEffort}`);
  return printable(lastEffort === "" ? lastModel : `${lastModel} / ${lastEffort}`);
}
