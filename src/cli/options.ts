import { type Command, InvalidArgumentError, Option } from "commander";
import { agents } from "../agents/index.ts";
import { ACCESSES, type Access } from "../domain/agent/access.ts";
import { parseByteSize } from "../domain/byte-size.ts";
import { LONGEST_MS, parseDuration } from "../domain/duration.ts";
import { AppError } from "../domain/errors.ts";
import { quoteWords } from "../domain/words.ts";
import { resolveWorkspace } from "../system/places/workspace.ts";
import { readTextFile } from "./ask/prompt.ts";
import type { CommandIo } from "./terminal.ts";

/** Options that mean the same on every command that has them. */
export interface CommonOptions {
  workspace?: string;
  agent?: string;
  json?: boolean;
}

/** Adds them; `agent` explains `--agent`. */
export function withCommon(command: Command, agent = "which agent's name, where two own it"): Command {
  return command
    .option("-a, --agent <agent>", agent)
    .option("-w, --workspace <dir>", "the folder the conversation belongs to (default: this one)")
    .option(...JSON_OPTION);
}

export const JSON_OPTION = ["--json", "print one JSON object, also for errors"] as const;

/** Returns the help of `--agent` for a command that starts a conversation. */
export function anyAgent({ defaultAgent }: CommandIo): string {
  return `${Object.keys(agents).join(" | ")} (default: ${defaultAgent})`;
}

export interface TurnFlags extends CommonOptions {
  model?: string;
  effort?: string;
  promptFile?: string;
  agentCmd?: string;
  agentArg?: string[];
  stream?: boolean;
  partials?: boolean;
  quiet?: boolean;
  access?: Access;
  schema?: string;
  detach?: boolean;
  deadline?: number;
  maxOutput?: number;
  stall?: number;
  heartbeat?: number;
}

export function withTurn(command: Command): Command {
  command
    .option("-m, --model <model>", "the model to use, now and in later turns of this name")
    .option("-e, --effort <effort>", "the reasoning effort to use, now and in later turns of this name")
    .addOption(
      new Option(
        "--access <what>",
        "what the agent may do in this turn; given to create, in all of them",
      ).choices(ACCESSES),
    )
    .option("--schema <file>", "a JSON Schema that the answer has to fit; it comes as structured in --json")
    .option("-f, --prompt-file <file>", "read the prompt from a file")
    .option("--stream", "print the agent's own JSON lines as they come, and the result as the last line")
    .option("--partials", "with --stream: also the text piece by piece, where the agent offers it")
    .option("-d, --detach", "leave the turn to the background: print its id and return; wait gets its answer")
    .option(
      "--deadline <duration>",
      "end the turn if it is not over by then, such as 90s, with all that it has started",
      parseDurationOption,
    )
    .option(
      "--max-output <size>",
      "end the turn if the agent writes more than this in all, such as 100MB; else the disk is the limit",
      parseByteSizeOption,
    )
    .option(
      "--stall <duration>",
      "say so when the agent is silent for so long, such as 10m; it goes on",
      parseSomeDuration,
    )
    .option(
      "--heartbeat <duration>",
      "say on stderr so often, such as every 15s, what the turn is doing, where no terminal shows it",
      parseSomeDuration,
    )
    .option("-q, --quiet", "print the answer and errors only: no progress, retries or other notes");
  return withWrapper(command);
}

/** The argument of a command that starts a conversation. */
export const FIRST_PROMPT = [
  "[prompt]",
  "its first prompt; - reads it from standard input; without one the agent just says OK",
] as const;

/** Adds the options of every command that starts an agent. */
export function withWrapper(command: Command, when = "now and in later turns of this name"): Command {
  return command
    .option(
      "--agent-cmd <command>",
      `a wrapper to run instead of the agent, such as 'my-claude --profile x', ${when}; '' for none`,
    )
    .addOption(
      new Option(
        "--agent-arg <arg>",
        `an argument to pass on to the agent, ${when}; repeat it for several; '' for none`,
      ).argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value]),
    );
}

export function workspaceOf(io: CommandIo, options: CommonOptions): string {
  const { workspace } = options;
  if (workspace === "")
    throw new AppError("usage", "--workspace is empty.", { hint: "Give a folder: --workspace DIR" });
  return resolveWorkspace(workspace ?? io.around.cwd, io.around.cwd);
}

/** Returns where a name is looked for: in which workspace, and of which agent. */
export function placeOf(io: CommandIo, options: CommonOptions) {
  return { workspace: workspaceOf(io, options), agent: options.agent };
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError("It must be a whole number above 0.");
  return count;
}

/** Reads a duration in milliseconds. */
export function parseDurationOption(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined)
    throw new InvalidArgumentError("Write a number and its unit, such as 90s, 10m, 1h30m or 7d.");
  if (durationMs > LONGEST_MS) throw new InvalidArgumentError("It may be 3650d at most.");
  return durationMs;
}

/** The same, but refuses 0. */
export function parseSomeDuration(text: string): number {
  const durationMs = parseDurationOption(text);
  if (durationMs === 0) throw new InvalidArgumentError("It must be more than nothing.");
  return durationMs;
}

function parseByteSizeOption(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined)
    throw new InvalidArgumentError("Write a whole number and its unit, such as 512kB, 10MB or 1GB.");
  return bytes;
}

/** Converts the options of a turn to the form that the use cases take. */
export function turnOptions(io: CommandIo, flags: TurnFlags) {
  return {
    schemaText: flags.schema === undefined ? undefined : readTextFile(io, flags.schema, "schema file"),
    model: flags.model,
    effort: flags.effort,
    access: flags.access,
    agentCommand: flags.agentCmd,
    agentArgs: argsOf(flags.agentArg),
    deadlineMs: flags.deadline,
    maxOutputBytes: flags.maxOutput,
    stallMs: flags.stall,
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
  if (given.length > 1)
    throw new AppError("usage", `${given.join(" and ")} contradict each other.`, { hint });
}

/** @throws AppError `usage` if `--detach` and `--stream` are combined. */
export function refuseStreamOfDetached({ detach, stream }: TurnFlags): void {
  const hint = "Detach the turn, then follow it with: agent-sessions attach NAME --stream";
  refuseTogether({ "--detach": detach, "--stream": stream }, hint);
}

/** Returns the options with which another command finds the same name, to be appended to that command. */
export function placeFlags({ agent, workspace }: CommonOptions): string {
  const words = [
    ...(agent === undefined ? [] : ["--agent", agent]),
    ...(workspace === undefined ? [] : ["--workspace", workspace]),
  ];
  return words.length === 0 ? "" : ` ${quoteWords(words)}`;
}
