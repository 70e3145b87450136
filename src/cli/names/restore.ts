import type { Context } from "../../app/context.ts";
import {
  type Move,
  type Moves,
  moves,
  type Restorable,
  removed,
  splitMovesAgo,
} from "../../app/names/reflog.ts";
import { restore } from "../../app/names/restore.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWord } from "../../domain/words.ts";
import { type Answer, defineCommand } from "../command.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { type FittedCell, type FittedColumn, fitTable } from "../output/fit.ts";
import { formatAge } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import { foldersOf, placeOf } from "../place.ts";
import type { CommandIo } from "../terminal.ts";
import { undoOf } from "./undo.ts";

interface RestoreFlags extends CommonOptions {
  list?: boolean;
}

export const restoreCommand = defineCommand({
  name: "restore",
  args: [["[name[@N]]", "the name, and the number of moves to undo"]],
  summary: "bring back a name, or undo its moves",
  description:
    "Brings back a removed name. NAME@N points a name at the conversation to which it pointed N moves ago: NAME@1 is the state before its last move. The conversation must still exist: conversations without a name are kept for 30 days (see gc).",
  examples: [
    "agent-sessions restore review-src",
    "agent-sessions restore --list",
    "agent-sessions restore review-src --list",
    "agent-sessions restore review-src@1",
  ],
  options(command) {
    withCommon(
      command.option(
        "-l, --list",
        "only show the moves of the name; without a name, the names that were removed",
      ),
      "the agent of the name, if two agents have had this name",
    );
  },
  async run(io, word: string | undefined, flags: RestoreFlags) {
    const context = io.openContext();
    if (word === undefined) return listRemoved(io, context, flags);
    // Where there is no such name, its end may tell how many moves to undo.
    const orOf = word.replace(/@\d+$/, "");
    // A removed name is brought back where it was; to undo moves, and to list them, is about the name that is meant now.
    const purpose = flags.list || orOf !== word ? "use" : "restore";
    const place = await placeOf(io, context, flags, { name: word, purpose, orOf });
    const query = { ...(await splitMovesAgo(context, { name: word, ...place })), ...place };
    if (flags.list) {
      const listed = await moves(context, query);
      return {
        json: {
          type: "agent_sessions.moves",
          ...listed,
          moves: listed.moves.map((move) => ({ ...move, at: move.at || undefined })),
        },
        text: ({ out, style }) => out(describe(listed, context.now(), style)),
      };
    }
    const restored = await restore(context, query);
    const { name, agent, sessionId, previousSessionId } = restored;
    const before = previousSessionId === undefined ? "" : ` instead of ${previousSessionId}`;
    return {
      json: { type: "agent_sessions.restored", ...restored },
      text: `Restored ${JSON.stringify(name)}; it points at ${agent} ${sessionId}${before}.\n`,
    };
  },
});

async function listRemoved(io: CommandIo, context: Context, flags: RestoreFlags): Promise<Answer> {
  const { agent } = flags;
  const folders = foldersOf(io, flags);
  const [workspace] = folders;
  if (!flags.list) {
    throw new AppError("usage", "No name was given.", {
      hint: `See the names that were removed with: ${context.wording.step("removed", { workspace, agent })}`,
    });
  }
  const found: (Restorable & { workspace: string })[] = [];
  for (const folder of folders)
    for (const one of await removed(context, { workspace: folder, agent }))
      found.push({ ...one, workspace: folder });
  const names = found.map((one) => ({ ...one, restoreCommand: undoOf(context, flags, one) }));
  return {
    json: {
      type: "agent_sessions.removed_names",
      workspace,
      count: names.length,
      names: names.map((one) => ({ ...one, removedAt: one.removedAt || undefined })),
    },
    text({ out, err, style }) {
      if (names.length === 0) return err(`No name is removed in ${printable(workspace)}.\n`);
      const head: FittedColumn[] = [
        { head: "NAME", least: 12 },
        { head: "AGENT", leaveOut: 1 },
        { head: "REMOVED" },
        { head: "BRING IT BACK WITH", least: 20 },
      ];
      const now = context.now();
      const rows = names.map(({ name, agent, removedAt, isKept, restoreCommand }): FittedCell[] => [
        { text: printable(name), style: style.bold },
        { text: agent },
        { text: formatAge(removedAt, now) },
        isKept ? { text: printable(restoreCommand) } : { text: "its conversation is gone", style: style.red },
      ]);
      const { columns } = io.terminal.size() ?? {};
      out(fitTable(head, rows, columns, style.dim));
    },
  };
}

/** Returns the moves of a name as a table, newest first. */
function describe({ name, agent, moves }: Moves, now: Date, style: Style): string {
  const rows = moves.map((move) => [
    style.bold(printable(quoteWord(`${name}@${move.movesAgo}`))),
    formatAge(move.at, now),
    printable(whyOf(move)),
    agent,
    pointsAt(move, style),
  ]);
  return formatTable([["MOVE", "WHEN", "WHY", "AGENT", "SESSION"].map(style.dim), ...rows]);
}

function whyOf({ reason, renamedFrom, renamedTo }: Move): string {
  if (renamedTo !== undefined) return `renamed to ${renamedTo}`;
  if (renamedFrom !== undefined) return `renamed from ${renamedFrom}`;
  return reason;
}

function pointsAt({ sessionId, isKept }: Move, style: Style): string {
  if (sessionId === undefined) return style.dim("nothing");
  return isKept ? printable(sessionId) : style.dim(`${printable(sessionId)} (removed)`);
}
