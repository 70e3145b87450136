import { type Command, InvalidArgumentError, Option } from "commander";
import { agents } from "../agents/index.ts";
import type { Context } from "../app/context.ts";
import { onEndOf } from "../app/turn/ending/on-end.ts";
import { ACCESSES, type Access } from "../domain/agent/access.ts";
import { parseByteSize } from "../domain/byte-size.ts";
import { LONGEST_MS, parseDuration } from "../domain/duration.ts";
import { AppError } from "../domain/errors.ts";
import { parseTree, type TreeAsked } from "../domain/tree/tree.ts";
import { understood } from "../domain/turn/settings.ts";
import { quoteWords, splitWords } from "../domain/words.ts";
import { readTextFile } from "./ask/prompt.ts";
import type { CommandIo } from "./terminal.ts";

/** Options that mean the same on every command that has them. */
export interface CommonOptions {
  workspace?: string;
  /** Only the current folder, without those above it. */
  here?: boolean;
  agent?: string;
  json?: boolean;
}

/** Adds them; `agent` explains `--agent`. */
export function withCommon(
  command: Command,
  agent = "the agent of the name, if two agents have this name",
): Command {
  return withFolder(command, agent).option(
    "--here",
    "only the current folder, without those above it in the repository",
  );
}

/** The same for a command that uses no name, and so looks in no folder above the one that it is about. */
export function withFolder(command: Command, agent: string): Command {
  return command
    .option("-a, --agent <agent>", agent)
    .option("-w, --workspace <dir>", "exactly this folder (default: the current one)")
    .option(...JSON_OPTION);
}

export const NOTIFY_OPTION = [
  "--notify",
  "at the end, ring the terminal's bell and let it show a notification",
] as const;

export const EVENTS_OPTION = [
  "--events",
  "print what happens as JSON lines that are the same for every agent, then the result (see: help json)",
] as const;

/** Added to the events of a turn that another command has begun. */
export const PARTIALS_OPTION = [
  "--partials",
  "with --events: also print text in fragments, if the turn has them",
] as const;

export const TURN_OPTION = [
  "--turn <id>",
  "the id of the turn, as history shows it, or its first characters; default: the last one",
] as const;

export const JSON_OPTION = ["--json", "print one JSON object, also for errors"] as const;

/** Returns the help of `--agent` for a command that starts a conversation. */
export function anyAgent({ defaultAgent }: CommandIo): string {
  return `${Object.keys(agents).join(" | ")} (default: ${defaultAgent})`;
}

export interface TurnFlags extends CommonOptions {
  model?: string;
  effort?: string;
  promptFile?: string;
  edit?: boolean;
  agentCmd?: string;
  agentArg?: string[];
  stream?: boolean;
  events?: boolean;
  partials?: boolean;
  quiet?: boolean;
  access?: Access;
  schema?: string;
  detach?: boolean;
  deadline?: number;
  maxOutput?: number;
  stall?: number;
  heartbeat?: number;
  stopAtBudget?: boolean;
  onEnd?: string[];
  notify?: boolean;
  tree?: TreeAsked;
}

const LATER = "now and in later turns of this name";

export function withTurn(command: Command, when = LATER): Command {
  command
    .option("-m, --model <model>", `the model to use, ${when}; default: the agent's own again`)
    .option("-e, --effort <effort>", `the reasoning effort to use, ${when}; default: the agent's own again`)
    .addOption(
      new Option(
        "--access <what>",
        "what the agent may do in this turn; with create: the default of all turns",
      ).choices(ACCESSES),
    )
    .option("--schema <file>", "a JSON Schema for the answer; --json prints the value as structured")
    .option("-f, --prompt-file <file>", "read the prompt from a file")
    .option("--edit", "write the prompt in your editor ($VISUAL, else $EDITOR)")
    .option("--stream", "print the agent's own JSON lines as they arrive, then the result as the last line")
    .option(...EVENTS_OPTION)
    .option(
      "--partials",
      "with --stream, --events or --detach: also write text in fragments, if the agent supports it",
    )
    .option("-d, --detach", "run the turn in the background: print its id and return; wait prints its answer")
    .option(
      "--deadline <duration>",
      "end the turn and every process it has started after this time (e.g. 90s)",
      parseDurationOption,
    )
    .option(
      "--max-output <size>",
      "end the turn if the agent writes more than this in total (e.g. 100MB); default: no limit",
      parseByteSizeOption,
    )
    .option(
      "--stop-at-budget",
      "end the turn as soon as it has used up the name's budget in tokens, if the agent tells its usage on the way",
    )
    .option(
      "--stall <duration>",
      "warn when the agent prints nothing for this long (e.g. 10m); the turn continues",
      parseSomeDuration,
    )
    .option(
      "--heartbeat <duration>",
      "without a terminal, print a progress line on stderr at this interval (e.g. 15s)",
      parseSomeDuration,
    )
    .option(
      "--on-end <command>",
      "run this program when the turn has ended, whoever ends it; it gets outcome and result in its environment, and no shell reads it",
      parseWords,
    )
    .option(...NOTIFY_OPTION)
    .option("-q, --quiet", "print only the answer and errors: no progress, retries or notes");
  return withWrapper(command, when);
}

/** Adds which files the turn is about, for commands whose turns workers may run. */
export function withTree(command: Command): Command {
  return command.option(
    "--tree <what>",
    "of turns that a worker runs: here = its checkout as it stands; COMMIT = a worktree of that commit; carry = a worktree with your folder's commit and changes (default: here; see docs/fleet.md)",
    parseTreeOption,
  );
}

function parseTreeOption(text: string): TreeAsked {
  const tree = parseTree(text);
  if (tree === undefined) throw new InvalidArgumentError("Give here, carry or a commit.");
  return tree;
}

/** The argument of a command that starts a conversation. */
export const FIRST_PROMPT = [
  "[prompt]",
  "its first prompt; - reads it from standard input; without a prompt, the agent only answers OK",
] as const;

/** Adds the options of every command that starts an agent. */
export function withWrapper(command: Command, when: string): Command {
  return command
    .option(
      "--agent-cmd <command>",
      `a wrapper to run instead of the agent (e.g. 'my-claude --profile x'), ${when}; '' removes it`,
    )
    .addOption(
      new Option(
        "--agent-arg <arg>",
        `an argument to pass to the agent, ${when}; repeat the option for several; '' removes them`,
      ).argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value]),
    );
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError("It must be a whole number above 0.");
  return count;
}

/** A date, or how long ago. */
export type Since = { date: Date } | { agoMs: number };

export function parseSince(text: string): Since {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return { agoMs };
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError("Write a date such as 2026-11-01, or 7d.");
  return { date };
}

export function sinceOf(since: Since | undefined, now: Date): Date | undefined {
  return since && ("date" in since ? since.date : new Date(now.getTime() - since.agoMs));
}

function parseWords(text: string): string[] {
  const words = splitWords(text);
  if (words.length === 0)
    throw new InvalidArgumentError("Give a program, and its arguments if it takes any.");
  return words;
}

/** Reads a duration in milliseconds. */
export function parseDurationOption(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined)
    throw new InvalidArgumentError("Write a number and its unit, such as 90s, 10m, 1h30m or 7d.");
  if (durationMs > LONGEST_MS) throw new InvalidArgumentError("The maximum is 3650d.");
  return durationMs;
}

/** The same, but refuses 0. */
export function parseSomeDuration(text: string): number {
  const durationMs = parseDurationOption(text);
  if (durationMs === 0) throw new InvalidArgumentError("It must be more than 0.");
  return durationMs;
}

export function parseByteSizeOption(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined)
    throw new InvalidArgumentError("Write a whole number and its unit, such as 512kB, 10MB or 1GB.");
  return bytes;
}

/** Converts the options of a turn to the form that the use cases take. */
export function turnOptions(
  io: CommandIo,
  context: Context,
  flags: TurnFlags,
  where?: Parameters<typeof onEndOf>[2],
) {
  if (!flags.quiet) for (const note of io.config.notes) io.around.notify(note);
  return {
    schemaText: flags.schema === undefined ? undefined : readTextFile(io, flags.schema, "schema file"),
    ...understood({ model: flags.model, effort: flags.effort }),
    access: flags.access,
    agentCommand: flags.agentCmd,
    agentArgs: argsOf(flags.agentArg),
    deadlineMs: flags.deadline,
    maxOutputBytes: flags.maxOutput,
    stallMs: flags.stall,
    stopAtBudget: flags.stopAtBudget,
    onEnd: onEndOf(context, flags.onEnd, where),
    tree: flags.tree,
  };
}

/** A single empty argument clears the arguments that the name remembers. */
export function argsOf(given: string[] | undefined): string[] | undefined {
  return given?.length === 1 && given[0] === "" ? [] : given;
}

/** @throws AppError `usage` if more than one of these options is given. */
export function refuseTogether(options: Record<`--${string}`, unknown>, hint = "Give one of them."): void {
  const isGiven = (value: unknown) => value !== undefined && value !== false;
  const given = Object.entries(options).flatMap(([option, value]) => (isGiven(value) ? option : []));
  if (given.length > 1) throw new AppError("usage", `Use only one of ${given.join(" and ")}.`, { hint });
}

/** @throws AppError `usage` for two kinds of lines at once. */
export function refuseTwoStreams({ stream, events }: Pick<TurnFlags, "stream" | "events">): void {
  refuseTogether(
    { "--stream": stream, "--events": events },
    "--stream prints the agent's own lines, --events those that are the same for every agent.",
  );
}

/** @throws AppError `usage` if what is to be printed contradicts itself, or `--detach`, which nobody stays for. */
export function refuseOutputs(flags: TurnFlags): void {
  refuseTwoStreams(flags);
  const { detach, stream, events, notify } = flags;
  const hint = `Detach the turn, then follow it with: agent-sessions attach NAME ${events ? "--events" : "--stream"}`;
  refuseTogether({ "--detach": detach, "--stream": stream, "--events": events }, hint);
  refuseTogether(
    { "--detach": detach, "--notify": notify },
    "Detach the turn, then: agent-sessions wait NAME --notify",
  );
}

/** Returns the options with which another command finds the same name, to be appended to that command. */
export function placeFlags({ agent, workspace, here }: CommonOptions): string {
  const words = [
    ...(agent === undefined ? [] : ["--agent", agent]),
    ...(workspace === undefined ? [] : ["--workspace", workspace]),
    ...(here ? ["--here"] : []),
  ];
  return words.length === 0 ? "" : ` ${quoteWords(words)}`;
}
