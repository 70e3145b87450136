import { Option } from "commander";
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
import { defineCommand } from "../command.ts";
import { type CommonOptions, parseCount, refuseTogether, withCommon, workspaceOf } from "../options.ts";
import { pick } from "../output/json.ts";
import { formatAge } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import { describeWindow, windowView } from "../output/window.ts";

interface ListFlags extends CommonOptions {
  tree?: boolean;
  all?: boolean;
  sort: Sorting;
  grep?: string;
  limit?: number;
}

export const listCommand = defineCommand({
  name: "list",
  alias: "ls",
  summary: "the names of a workspace, or of all workspaces",
  description:
    "Lists the names of a workspace, or with --all of all workspaces; the last used names come first.",
  examples: [
    "agent-sessions list",
    "agent-sessions list --tree",
    "agent-sessions list --all --grep 'review-*' --limit 20",
    "agent-sessions list --workspace ~/work/api --json | jq -r '.names[].name'",
  ],
  options(command) {
    command
      .option("--all", "for all folders of this user")
      .addOption(new Option("--sort <by>", "the order").choices(SORTINGS).default("used"))
      .option(
        "--grep <text>",
        "only names that contain this text; with * or ?, only names that match this pattern",
      )
      .option("--limit <count>", "show at most this many names", parseCount)
      .option("--tree", "show forks below their parents");
    withCommon(command, "only the names of this agent");
  },
  async run(io, flags: ListFlags) {
    const { all = false, agent, sort, grep: pattern, limit } = flags;
    refuseTogether({ "--all": all, "--workspace": flags.workspace });
    const workspace = all ? undefined : workspaceOf(io, flags);
    const context = io.openContext();
    const listing = await list(context, { workspace, agent, pattern, sort, limit });
    const { names, total, creating } = listing;
    const trees = flags.tree ? await familyTrees(context, names) : undefined;
    return {
      json: () => ({
        type: "agent_sessions.list",
        workspace,
        count: names.length,
        total,
        names: trees === undefined ? names.map(viewOf) : withParents(names, parentsOf(trees)),
        creating,
      }),
      text({ out, err, style }) {
        const placed = trees ? flatten(trees) : names.map((listed) => ({ listed, branch: "" }));
        if (placed.length + creating.length === 0) err(nothingThere(workspace, pattern));
        else out(table(listing, placed, flags, context.now(), style));
        const left = total - names.length;
        if (left > 0) err(`${left} more exist; --limit ${total} lists them all.\n`);
      },
    };
  },
});

/** Written out: `pick` needs four times as long, and there may be ten thousand names. */
function viewOf(listed: ListedName): object {
  const { name, agent, workspace, isGone, sessionId, createdAt, usedAt, model, effort, window } = listed;
  return {
    name,
    agent,
    workspace,
    isGone,
    sessionId,
    createdAt,
    usedAt,
    model,
    effort,
    busySince: listed.busySince ?? window?.since,
    window: window && windowView(window),
  };
}

function withParents(names: readonly ListedName[], parents: ReadonlyMap<ListedName, ListedName>): object[] {
  return names.map((listed) => {
    const parent = parents.get(listed);
    return { ...viewOf(listed), parent: parent && pick(parent, "name", "workspace", "sessionId") };
  });
}

function nothingThere(workspace: string | undefined, pattern: string | undefined): string {
  const where = workspace === undefined ? "any folder" : printable(workspace);
  if (pattern !== undefined) return `No name in ${where} matches ${JSON.stringify(pattern)}.\n`;
  return `There are no names in ${where} yet. Start a conversation with: agent-sessions create NAME '…'\n`;
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
    ...placed.map(({ listed, branch }) => {
      const { agent, workspace, isGone, busySince, window, createdAt, usedAt = createdAt } = listed;
      const time = sort === "created" ? createdAt : usedAt;
      return [
        branch + style.bold(printable(listed.name)),
        agent,
        busySince !== undefined
          ? style.yellow(`busy, ${formatAge(busySince, now)}`)
          : window !== undefined
            ? style.yellow(describeWindow(window))
            : formatAge(time, now),
        modelOf(listed),
        style.dim(printable(listed.sessionId)),
        ...where(workspace).map((path) => (isGone ? style.dim(`${path} (missing)`) : path)),
      ];
    }),
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

function modelOf({ model = "", effort = "" }: ListedName): string {
  if (model === "") return effort === "" ? "" : printable(`effort ${effort}`);
  return printable(effort === "" ? model : `${model} / ${effort}`);
}
