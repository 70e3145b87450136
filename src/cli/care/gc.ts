import { type Command, Option } from "commander";
import type { Collected } from "../../app/gc/collection.ts";
import { gc, RETENTION } from "../../app/gc/gc.ts";
import { openContext } from "../../app/open-context.ts";
import { parseDurationOption } from "../options.ts";
import { jsonLine } from "../output/json.ts";
import { formatAge, formatBytes } from "../output/numbers.ts";
import { gcRecord } from "../output/records/gc.ts";
import { printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

interface GcFlags {
  turnsOlderThan: number;
  sessionsOlderThan: number;
  dryRun?: boolean;
  json?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions gc --dry-run
  agent-sessions gc --sessions-older-than 90d
`;

export function addGc(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  program
    .command("gc")
    .summary("remove what nobody needs any more")
    .description(
      "Removes the output of turns that have long ended, and conversations that no name has pointed at for long: their journal and our copy of their transcript. The agent's own files are never touched. Of turns that were not detached, at most the last 512 MB of output are kept. Every command does a little of this by itself, once an hour.",
    )
    .addHelpText("before", EXAMPLES)
    .addOption(
      new Option(
        "--turns-older-than <duration>",
        "how long to keep turns that have ended, so that attach can replay them",
      )
        .argParser(parseDurationOption)
        .default(RETENTION.keepTurnsMs, "7d"),
    )
    .addOption(
      new Option("--sessions-older-than <duration>", "how long to keep conversations without a name")
        .argParser(parseDurationOption)
        .default(RETENTION.keepSessionsMs, "30d"),
    )
    .option("--dry-run", "only say what would be removed")
    .option("--json", "print one JSON object, also for errors")
    .action((flags: GcFlags) => {
      const { dryRun: isDryRun = false } = flags;
      const context = openContext(io.around);
      const collected = gc(context, {
        ...RETENTION,
        keepTurnsMs: flags.turnsOlderThan,
        keepSessionsMs: flags.sessionsOlderThan,
        dryRun: isDryRun,
      });
      if (flags.json) io.terminal.out(jsonLine(gcRecord(isDryRun, collected)));
      else {
        io.terminal.out(describe(collected, isDryRun, context.now()));
        for (const { path, why } of collected.skipped) io.terminal.err(`Skipped ${path}: ${why}\n`);
      }
      done(0);
    });
}

function describe({ turns, litter, sessions, freedBytes }: Collected, isDryRun: boolean, now: Date): string {
  const parts = [
    count(turns, "ended turn"),
    count(litter, "leftover folder"),
    count(sessions.length, "conversation"),
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return "There is nothing to remove.\n";
  const what = parts.join(", ").replace(/, ([^,]*)$/, " and $1");
  const summary = isDryRun
    ? `Would remove ${what}, and free ${formatBytes(freedBytes)}.\n`
    : `Removed ${what}; ${formatBytes(freedBytes)} freed.\n`;
  const lines = sessions.map(
    ({ agent, sessionId = "(rest of a removal)", lastUsedAt }) =>
      `  ${agent} ${printable(sessionId)}, last used ${formatAge(lastUsedAt, now)}\n`,
  );
  return summary + lines.join("");
}

function count(number: number, thing: string): string | undefined {
  if (number === 0) return undefined;
  return number === 1 ? `1 ${thing}` : `${number} ${thing}s`;
}
