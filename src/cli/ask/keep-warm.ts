import type { Command } from "commander";
import { NEVER_WARM } from "../../domain/config/keys.ts";
import { LONGEST_MS, parseDuration } from "../../domain/duration.ts";
import { AppError } from "../../domain/errors.ts";
import { parseSomeDuration } from "../options.ts";
import type { CommandIo } from "../terminal.ts";

export interface KeepWarmFlags {
  /** Milliseconds; 0 for not at all. */
  keepWarm?: number;
}

/** Adds the option of a command whose turn is likely to be followed by another one. */
export function withKeepWarm(
  command: Command,
  what = "keep the agent's process for this long after the turn, so that the next turn begins sooner",
): Command {
  return command.option(
    "--keep-warm <duration>",
    `${what} (e.g. 5m; Claude Code and Codex on Linux); off: not; default: $AGENT_SESSIONS_KEEP_WARM`,
    (text: string) => (text === NEVER_WARM ? 0 : parseSomeDuration(text)),
  );
}

/**
 * Returns how long the agent is kept: as the option says, else the environment, else the settings.
 *
 * @throws AppError `usage` for a variable that is no time
 */
export function keepWarmOf({ around, config }: CommandIo, { keepWarm }: KeepWarmFlags): number | undefined {
  if (keepWarm !== undefined) return keepWarm || undefined;
  const text = around.env.AGENT_SESSIONS_KEEP_WARM || config.keepWarm;
  if (text === undefined || text === NEVER_WARM) return undefined;
  const keepMs = parseDuration(text);
  if (keepMs !== undefined && keepMs > 0 && keepMs <= LONGEST_MS) return keepMs;
  throw new AppError(
    "usage",
    `AGENT_SESSIONS_KEEP_WARM is ${JSON.stringify(text)}, which is no time above 0.`,
    {
      hint: "Write a number and its unit, such as 5m, or unset it.",
    },
  );
}
