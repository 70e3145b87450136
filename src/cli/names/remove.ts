import type { Context } from "../../app/context.ts";
import { listBriefly } from "../../app/names/listing/list.ts";
import { type Removed, remove } from "../../app/names/remove.ts";
import { removeAll } from "../../app/names/remove-all.ts";
import { resolveName } from "../../app/names/resolve.ts";
import { type Purged, purge } from "../../app/store/purge.ts";
import { AppError } from "../../domain/errors.ts";
import { defineCommand } from "../command.ts";
import { answerForEach } from "../each-name.ts";
import { type CommonOptions, refuseTogether, withCommon } from "../options.ts";
import { formatBytes } from "../output/numbers.ts";
import { printable } from "../output/table.ts";
import { placeOf, workspaceOf } from "../place.ts";
import type { CommandIo } from "../terminal.ts";
import { undoOf } from "./undo.ts";

interface RemoveFlags extends CommonOptions {
  all?: boolean;
  purge?: boolean;
  yes?: boolean;
}

export const removeCommand = defineCommand({
  name: "remove",
  alias: "rm",
  args: [["[name...]", "the names to remove; if one does not exist, none is removed"]],
  summary: "remove a name, or all names",
  description:
    "Removes a name, or with --all all names of the workspace. The conversations stay with their agents, and the name log records where each name pointed: restore brings a name back. At a terminal, --all asks before it removes anything.",
  examples: [
    "agent-sessions remove review-src",
    "agent-sessions remove review-a review-b",
    "agent-sessions remove --all --agent codex",
    "agent-sessions remove --purge review-src",
  ],
  options(command) {
    withCommon(
      command
        .option(
          "--all",
          "all names of the workspace (with --agent: all names of that agent); if one can't be removed, none is",
        )
        .option(
          "--purge",
          "also delete the conversation from a store that machines share: prompts, answers, transcript; nothing brings it back",
        )
        .option("-y, --yes", "with --all or --purge: don't ask"),
    );
  },
  async run(io, given: string[], flags: RemoveFlags) {
    refuseBoth(given, flags);
    const context = io.openContext();
    if (flags.purge) return purgeEach(io, context, [...new Set(given)], flags);
    if (given.length > 0) return removeEach(io, context, [...new Set(given)], flags);
    // Whoever removes all names means those of this folder: none above it is looked at.
    const workspace = workspaceOf(io, flags);
    const place = { workspace, agent: flags.agent };
    if (io.terminal.hasKeyboard && !flags.yes && !flags.json) {
      const names = await listBriefly(context, { workspace, agent: flags.agent });
      const what = names.length === 1 ? "the only name" : `all ${names.length} names`;
      const isMeant = names.length === 0 || (await io.confirm(`Remove ${what} of ${printable(workspace)}?`));
      if (!isMeant) {
        io.terminal.err("Nothing was removed.\n");
        return 0;
      }
    }
    const removed = await removeAll(context, place);
    const names = removed.map((one) => ({
      ...one,
      restoreCommand: undoOf(context, flags, { ...one, workspace }),
    }));
    return {
      json: { type: "agent_sessions.removed_all", workspace, count: names.length, names },
      text: names.map(describe).join("") || `There are no names to remove in ${printable(workspace)}.\n`,
    };
  },
});

async function removeEach(
  io: CommandIo,
  context: Context,
  names: readonly string[],
  flags: RemoveFlags,
): Promise<number> {
  const places = new Map<string, Awaited<ReturnType<typeof placeOf>>>();
  for (const name of names) {
    const place = await placeOf(io, context, flags, name);
    places.set(name, place);
    if (names.length > 1) await resolveName(context, place.workspace, name, place.agent);
  }
  return answerForEach(io, names, flags, async (name) => {
    const { workspace = "", agent } = places.get(name) ?? {};
    const removed = await remove(context, { name, workspace, agent });
    const view = { ...removed, restoreCommand: undoOf(context, flags, { ...removed, agent, workspace }) };
    return { json: { type: "agent_sessions.removed", ...view }, text: describe(view) };
  });
}

async function purgeEach(
  io: CommandIo,
  context: Context,
  names: readonly string[],
  flags: RemoveFlags,
): Promise<number> {
  if (io.terminal.hasKeyboard && !flags.yes && !flags.json) {
    const what = names.map((name) => printable(JSON.stringify(name))).join(", ");
    if (!(await io.confirm(`Delete ${what} and all that was said there, for good?`))) {
      io.terminal.err("Nothing was deleted.\n");
      return 0;
    }
  }
  return answerForEach(io, names, flags, async (given) => {
    const place = await placeOf(io, context, flags, given);
    const purged = await purge(context, { name: given, ...place });
    return { json: { type: "agent_sessions.purged", ...purged }, text: describePurged(purged) };
  });
}

function describePurged({ name, turns, transcriptBytes }: Purged): string {
  const what = turns === 1 ? "1 turn" : `${turns} turns`;
  return `Deleted ${JSON.stringify(name)} from the store, with ${what} and ${formatBytes(transcriptBytes)} of transcript. Workers may still have files of it.\n`;
}

function refuseBoth(names: readonly string[], { all, purge: isPurging }: RemoveFlags): void {
  refuseTogether({ "--all": all, "--purge": isPurging });
  if ((names.length === 0) === (all === true)) return;
  const message = all ? "--all removes all names; don't give a name with it." : "No name was given.";
  throw new AppError("usage", message, {
    hint: "Take one name away with: agent-sessions remove NAME   or all of this workspace with: agent-sessions remove --all",
  });
}

function describe(removed: Removed & { restoreCommand: string }): string {
  const { name, agent, sessionId, runningTurnId, restoreCommand: undo } = removed;
  const runs = runningTurnId === undefined ? "" : ` Turn ${runningTurnId} still runs in it and continues.`;
  return `Removed ${JSON.stringify(name)}; it pointed at ${agent} ${printable(sessionId)}.${runs} Bring it back with: ${undo}\n`;
}
