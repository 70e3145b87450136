import { Option } from "commander";
import type { Collected } from "../../app/gc/collection.ts";
import { gcEverywhere, RETENTION } from "../../app/gc/gc.ts";
import type { CollectedRows } from "../../app/shared-line.ts";
import { undoAbandoned } from "../../app/travel/staging.ts";
import { pick } from "../../domain/json-line.ts";
import { defineCommand } from "../command.ts";
import { JSON_OPTION, parseDurationOption } from "../options.ts";
import { formatAge, formatBytes } from "../output/numbers.ts";
import { printable } from "../output/table.ts";

interface GcFlags {
  turnsOlderThan: number;
  sessionsOlderThan: number;
  dryRun?: boolean;
}

export const gcCommand = defineCommand({
  name: "gc",
  summary: "delete old working files",
  description:
    "Deletes the output of turns that ended long ago, and the data of conversations that have had no name for a long time: their journal and our copy of their transcript, and the gates of folders without any name. Prompts and answers stay in history as long as the conversation has a name. The agent's own files are never changed. For turns that were not detached, only the last 512 MB of output are kept. Where machines share a store, results of ended turns are deleted there, too, and what agents have printed after a day; history stays. Every command does a part of this automatically, once an hour.",
  examples: ["agent-sessions gc --dry-run", "agent-sessions gc --sessions-older-than 90d"],
  options(command) {
    command
      .addOption(
        new Option(
          "--turns-older-than <duration>",
          "how long to keep the output of ended turns, which attach replays",
        )
          .argParser(parseDurationOption)
          .default(RETENTION.keepTurnsMs, "7d"),
      )
      .addOption(
        new Option("--sessions-older-than <duration>", "how long to keep conversations without a name")
          .argParser(parseDurationOption)
          .default(RETENTION.keepSessionsMs, "30d"),
      )
      .option("--dry-run", "only print what would be deleted")
      .option(...JSON_OPTION);
  },
  async run(io, flags: GcFlags) {
    const { dryRun = false, turnsOlderThan: keepTurnsMs, sessionsOlderThan: keepSessionsMs } = flags;
    const context = io.openContext();
    if (!dryRun) await undoAbandoned(context);
    const collected = await gcEverywhere(context, { keepTurnsMs, keepSessionsMs, dryRun });
    return {
      json: {
        type: "agent_sessions.collected",
        dryRun,
        ...pick(collected, "turns", "callers", "litter", "gates"),
        conversations: collected.sessions.length,
        freedBytes: collected.freedBytes,
        removed: collected.sessions,
        skipped: collected.skipped,
        ...(collected.store === undefined ? {} : { store: collected.store }),
      },
      text({ out, err }) {
        out(describe(collected, dryRun, context.now()));
        if (collected.store !== undefined) out(describeStore(collected.store, dryRun));
        for (const { path, why } of collected.skipped) err(`Skipped ${path}: ${why}\n`);
      },
    };
  },
});

function describe(
  { turns, gates, litter, sessions, freedBytes }: Collected,
  isDryRun: boolean,
  now: Date,
): string {
  const parts = [
    count(turns, "ended turn"),
    count(litter, "leftover folder"),
    count(sessions.length, "conversation"),
    count(gates, "gate"),
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return "There is nothing to delete.\n";
  const what = parts.join(", ").replace(/, ([^,]*)$/, " and $1");
  const summary = isDryRun
    ? `Would delete ${what}, and free ${formatBytes(freedBytes)}.\n`
    : `Deleted ${what}; ${formatBytes(freedBytes)} freed.\n`;
  const lines = sessions.map(
    ({ agent, sessionId = "(rest of an earlier deletion)", lastUsedAt }) =>
      `  ${agent} ${printable(sessionId)}, last used ${formatAge(lastUsedAt, now)}\n`,
  );
  return summary + lines.join("");
}

function describeStore({ turns, outputBytes }: CollectedRows, isDryRun: boolean): string {
  const what = `${count(turns, "ended turn") ?? "no ended turn"} and ${formatBytes(outputBytes)} of output`;
  return isDryRun ? `Would delete ${what} from the store.\n` : `Deleted ${what} from the store.\n`;
}

function count(number: number, thing: string): string | undefined {
  if (number === 0) return undefined;
  return number === 1 ? `1 ${thing}` : `${number} ${thing}s`;
}
