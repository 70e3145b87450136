import { Option } from "commander";
import {
  type FamilyTree,
  familyTrees,
  type ListedName,
  type Listing,
  list,
  listBriefly,
  parentsOf,
  SORTINGS,
  type Sorting,
} from "../../app/names/listing/list.ts";
import type { NameState } from "../../app/names/listing/state.ts";
import { pick } from "../../domain/json-line.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, parseCount, refuseTogether, withCommon } from "../options.ts";
import { type FittedCell, type FittedColumn, fitTable } from "../output/fit.ts";
import { lineFormat } from "../output/format.ts";
import { formatAge } from "../output/numbers.ts";
import { type Style, styleFor } from "../output/style.ts";
import { printable } from "../output/table.ts";
import { watchScreen } from "../output/watch.ts";
import { cutTo } from "../output/width.ts";
import { windowView } from "../output/window.ts";
import { foldersOf } from "../place.ts";
import { describeActivity } from "../turn/progress.ts";

interface ListFlags extends CommonOptions {
  tree?: boolean;
  all?: boolean;
  sort: Sorting;
  grep?: string;
  limit?: number;
  ids?: boolean;
  quiet?: boolean;
  format?: string;
  watch?: boolean;
}

/** The keys of a name in the JSON, which `--format` takes too. */
const KEYS = [
  ...["name", "agent", "workspace", "workspace_is_gone", "session_id", "created_at", "last_used_at"],
  ...["model", "effort", "state", "busy_since", "doing", "queued", "window"],
  ...["turns", "last_outcome", "last_prompt", "last_answer"],
];

export const listCommand = defineCommand({
  name: "list",
  alias: "ls",
  summary: "the names of a workspace, or of all workspaces",
  description:
    "Lists the names of a workspace, or with --all of all workspaces; the last used names come first. The state of a name is running, window (it is open in one), queued (turns wait for it), lost (its transcript is gone), failed (its last turn), unread (nobody was told its last answer: wait, attach, show and history tell it) or free.",
  examples: [
    "agent-sessions list",
    "agent-sessions list --watch",
    "agent-sessions list --tree",
    "agent-sessions list --all --grep 'review-*' --limit 20",
    "agent-sessions list --format '{name}\\t{state}\\t{last_answer}'",
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
      .option("--tree", "show forks below their parents")
      .option("--ids", "also show the agent's id of each conversation")
      .option("-q, --quiet", "print the names alone")
      .option(
        "--format <text>",
        `print this for each name; it may contain ${KEYS.map((key) => `{${key}}`).join(" ")} and \\t`,
      )
      .option("--watch", "draw the list again and again, until Ctrl-C");
    withCommon(command, "only the names of this agent");
  },
  async run(io, flags: ListFlags) {
    const { all = false, agent, sort, grep: pattern, limit, tree = false, watch = false } = flags;
    const { json = false, quiet = false, format: template, ids = false } = flags;
    refuseTogether({ "--all": all, "--workspace": flags.workspace, "--here": flags.here });
    refuseTogether({ "--json": json, "--quiet": quiet, "--format": template, "--watch": watch });
    refuseTogether({ "--quiet": quiet, "--format": template, "--tree": tree });
    refuseTogether({ "--quiet": quiet, "--format": template, "--ids": ids });
    const folders = all ? undefined : foldersOf(io, flags);
    const [workspace] = folders ?? [];
    const line = template === undefined ? undefined : lineFormat(template, KEYS);
    const context = io.openContext();
    const request = { workspace: folders, agent, pattern, sort, limit };
    const styled = styleFor(io.terminal.hasColor.out);
    const drawn = async (listing: Listing, style: Style) => {
      const trees = tree ? await familyTrees(context, listing.names) : undefined;
      const placed = trees ? flatten(trees) : listing.names.map((listed) => ({ listed, branch: "" }));
      const { columns } = io.terminal.size() ?? {};
      // Names of the folders above need it, too.
      const isPlaced = [...listing.names, ...listing.creating].some((one) => one.workspace !== workspace);
      const look = { ...flags, all: all || isPlaced, columns, home: context.env.HOME };
      return table(listing, placed, look, context.now(), style);
    };
    if (watch) return watchScreen(io, async () => drawn(await list(context, request), styled));
    if (quiet) {
      const names = await listBriefly(context, request);
      // The same name in a folder above is out of reach without --workspace.
      const seen = all ? names : [...new Map(names.map((one) => [one.name, one])).values()];
      io.terminal.out(seen.map(({ name }) => `${printable(name)}\n`).join(""));
      return 0;
    }
    const listing = await list(context, request);
    const { names, total, creating } = listing;
    if (line !== undefined) {
      io.terminal.out(names.map((listed) => line(viewOf(listed))).join(""));
      return 0;
    }
    const trees = json && tree ? await familyTrees(context, names) : undefined;
    const isEmpty = names.length + creating.length === 0;
    const shown = json || isEmpty ? "" : await drawn(listing, styled);
    const elsewhere =
      json || !isEmpty || workspace === undefined || pattern !== undefined
        ? []
        : await listBriefly(context, { workspace: undefined, agent });
    return {
      json: () => ({
        type: "agent_sessions.list",
        workspace,
        count: names.length,
        total,
        names: trees === undefined ? names.map(viewOf) : withParents(names, parentsOf(trees)),
        creating,
      }),
      text({ out, err }) {
        if (isEmpty) err(nothingThere(workspace, pattern, elsewhere.length));
        else out(shown);
        const left = total - names.length;
        if (left > 0) err(`${left} more exist; --limit ${total} lists them all.\n`);
      },
    };
  },
});

/** Written out: `pick` needs four times as long, and there may be ten thousand names. */
function viewOf(listed: ListedName): object {
  const { name, agent, workspace, isGone, sessionId, createdAt, usedAt, model, effort, window } = listed;
  const { state, doing, queued, turns, lastOutcome, lastPrompt, lastAnswer, budget } = listed;
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
    state,
    doing,
    queued,
    turns,
    lastOutcome,
    lastPrompt,
    lastAnswer,
    budget,
  };
}

function withParents(names: readonly ListedName[], parents: ReadonlyMap<ListedName, ListedName>): object[] {
  return names.map((listed) => {
    const parent = parents.get(listed);
    return { ...viewOf(listed), parent: parent && pick(parent, "name", "workspace", "sessionId") };
  });
}

function nothingThere(workspace: string | undefined, pattern: string | undefined, elsewhere: number): string {
  const where = workspace === undefined ? "any folder" : printable(workspace);
  if (pattern !== undefined) return `No name in ${where} matches ${JSON.stringify(pattern)}.\n`;
  const others = elsewhere === 1 ? "1 name" : `${elsewhere} names`;
  const hint = elsewhere === 0 ? "" : `There are ${others} in other folders: agent-sessions list --all\n`;
  return `There are no names in ${where} yet. Start a conversation with: agent-sessions create NAME '…'\n${hint}`;
}

interface PlacedName {
  listed: ListedName;
  branch: string;
}

interface TableOptions extends ListFlags {
  /** Of the terminal; absent if the table goes elsewhere. */
  columns?: number | undefined;
  home?: string | undefined;
}

/** Outside of a terminal, the words of a turn take at most so many columns. */
const WORDS_COLUMNS = 60;

function table(
  { creating }: Listing,
  placed: readonly PlacedName[],
  { all = false, sort, ids = false, columns, home }: TableOptions,
  now: Date,
  style: Style,
): string {
  const head: FittedColumn[] = [
    { head: "NAME", least: 12 },
    { head: "STATE" },
    { head: "AGENT", leaveOut: 3 },
    { head: sort === "created" ? "CREATED" : "LAST USED", leaveOut: 2 },
    { head: "TURNS", leaveOut: 4 },
    ...(all ? [{ head: "WORKSPACE", least: 10, cut: "start" as const }] : []),
    ...(ids ? [{ head: "SESSION" }] : []),
    { head: "LAST WORDS", least: all ? 14 : 20, leaveOut: 1 },
  ];
  const where = (workspace: string, isGone: boolean): FittedCell[] => {
    if (!all) return [];
    const path = printable(
      home !== undefined && workspace.startsWith(`${home}/`) ? `~${workspace.slice(home.length)}` : workspace,
    );
    return [{ text: isGone ? `${path} (missing)` : path, style: isGone ? style.dim : undefined }];
  };
  const rows = [
    ...creating.map(({ name, agent, since, workspace }): FittedCell[] => [
      { text: printable(name) },
      { text: "being created", style: style.yellow },
      { text: agent },
      { text: formatAge(since, now) },
      { text: "" },
      ...where(workspace, false),
    ]),
    ...placed.map(({ listed, branch }): FittedCell[] => {
      const { agent, workspace, isGone, createdAt, usedAt = createdAt, turns, sessionId } = listed;
      const words = wordsOf(listed);
      return [
        { text: branch + printable(listed.name), style: style.bold },
        stateOf(listed, now, style),
        { text: agent },
        { text: formatAge(sort === "created" ? createdAt : usedAt, now) },
        { text: String(turns) },
        ...where(workspace, isGone),
        ...(ids ? [{ text: printable(sessionId), style: style.dim }] : []),
        { text: columns === undefined ? cutTo(words, WORDS_COLUMNS) : words, style: style.dim },
      ];
    }),
  ];
  return fitTable(head, rows, columns, style.dim);
}

const STYLES: Record<NameState, keyof Style | undefined> = {
  running: "yellow",
  window: "yellow",
  queued: "yellow",
  lost: "red",
  failed: "red",
  unread: "green",
  free: "dim",
};

/** Returns the state of a name in words. */
export function stateOf(
  { state, busySince, window, queued, lastOutcome, budget }: ListedName,
  now: Date,
  style: Style,
): FittedCell {
  if (state === "free" && budget?.isOver) return { text: "over budget", style: style.red };
  const how = STYLES[state];
  const texts: Partial<Record<NameState, string>> = {
    running: `running ${formatAge(busySince, now).replace(/^just now$| ago$/, "")}`.trimEnd(),
    window: window?.kind === "turn" ? "other program" : "window",
    queued: `queued (${queued})`,
    failed: lastOutcome === "failed" ? "failed" : (lastOutcome ?? "failed").replace("_", " "),
  };
  return { text: texts[state] ?? state, style: how && style[how] };
}

/** Returns what tells the conversation apart from others: what it does, or what was said last. */
export function wordsOf({ state, doing, lastPrompt = "", lastAnswer = "" }: ListedName): string {
  if (state === "running" && doing !== undefined)
    return printable(`${describeActivity(doing)}: ${lastPrompt}`);
  return printable(state === "unread" || state === "failed" ? lastAnswer : lastPrompt);
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
