import type { Command } from "commander";
import { AppError } from "../domain/errors.ts";
import { snakeLine } from "../domain/json-line.ts";
import { resolveWorkspace } from "../system/places/workspace.ts";
import { withCommon } from "./options.ts";
import { type Style, styleFor } from "./output/style.ts";
import type { CommandIo, Terminal } from "./terminal.ts";

/** A command of the command line, which is described to the parser only when it is needed. */
export interface DefinedCommand {
  name: string;
  alias?: string | undefined;
  /** Its line in the list of commands. Undefined where no list shows it. */
  summary?: string | undefined;
  add(program: Command, io: CommandIo, done: (exitCode: number) => void): void;
}

/** What the list of commands needs of one that is loaded when a line calls it. */
export interface RareCommand extends Omit<DefinedCommand, "add"> {
  load(): Promise<DefinedCommand>;
}

/** What a command has to say when its work is done. */
export interface Answer {
  /** What `--json` prints, or what makes it: its `type`, and a view with the keys that it has in the library. */
  json: object | (() => object);
  /** What people read: a message for stderr, or what prints the answer. */
  text: string | ((print: Print) => void);
  /** Default: 0. */
  exitCode?: number;
}

interface Print extends Pick<Terminal, "out" | "err"> {
  /** The colours of stdout. */
  style: Style;
}

interface Described {
  name: string;
  alias?: string;
  summary: string;
  description: string;
  /** Command lines, for the beginning of the help. */
  examples: readonly string[];
  /** The end of the help. */
  closing?: string;
}

interface Definition<Given extends unknown[]> extends Described {
  /** Each argument, as `<required>` or `[optional]`, and what it is. */
  args?: readonly (readonly [word: string, what: string])[];
  /** Whether it reads no settings, or reads them itself. */
  needsNoConfig?: true;
  /** Whether it stops where the settings can't be read. Default: it says so, and goes on without. */
  needsConfig?: true;
  /** Commands that its own name is followed by, instead of its arguments. */
  commands?: readonly DefinedCommand[];
  /** Adds its options. Default: those that mean the same on every command. */
  options?(command: Command, io: CommandIo): void;
  /** Takes the arguments and then the flags. Returns the exit code if it has printed its answer itself. */
  run(io: CommandIo, ...given: Given): Answer | number | Promise<Answer | number>;
}

/** Defines a command. With the flag `json` it prints its answer as one JSON object. */
export function defineCommand<Given extends unknown[]>(definition: Definition<Given>): DefinedCommand {
  const { name, alias, summary, args = [], options = addCommon } = definition;
  const { needsNoConfig, needsConfig, run } = definition;
  const { commands = [] } = definition;
  return {
    name,
    alias,
    summary,
    add(program, io, done) {
      const command = describe(program, definition);
      for (const [word, what] of args) command.argument(word, what);
      options(command, io);
      // What follows the name of one of them is its own, though this command has options of the same name.
      if (commands.length > 0) for (const one of [program, command]) one.enablePositionalOptions();
      for (const one of commands) one.add(command, io, done);
      command.action(async (...given: Given) => {
        const { workspace, json } = command.opts();
        const own = needsNoConfig ? io : await withConfig(io, workspace, needsConfig);
        const answer = await run(own, ...given);
        done(typeof answer === "number" ? answer : printAnswer(own, answer, json));
      });
    },
  };
}

/** Prints an answer for people, or as JSON, and returns its exit code. */
export function printAnswer(
  { terminal }: Pick<CommandIo, "terminal">,
  { json, text, exitCode = 0 }: Answer,
  isJson: boolean,
): number {
  if (isJson) terminal.out(snakeLine(typeof json === "function" ? json() : json));
  else if (typeof text === "string") terminal.err(text);
  else text({ out: terminal.out, err: terminal.err, style: styleFor(terminal.hasColor.out) });
  return exitCode;
}

/** Returns what a command receives, with the user's settings for the folder that the command is about. */
async function withConfig(
  io: CommandIo,
  workspace: string | undefined,
  isNeeded: boolean | undefined,
): Promise<CommandIo> {
  const { cwd } = io.around;
  const config = await io.readConfig(resolveWorkspace(workspace || cwd, cwd)).catch((error: unknown) => {
    // An agent that breaks the repository's file must not keep people from ending its turn.
    if (isNeeded || !(error instanceof AppError && error.code === "usage")) throw error;
    io.around.notify(`${error.message} This command goes on without settings.`);
    return io.config;
  });
  const { agent = io.defaultAgent, defaults, ownAgents } = config;
  const openContext: CommandIo["openContext"] = (notify) =>
    Object.assign(io.openContext(notify, ownAgents), { defaults });
  return { ...io, config, defaultAgent: agent, openContext };
}

function addCommon(command: Command): void {
  withCommon(command);
}

/** Defines a command whose first word is followed by that of one of `commands`. */
export function defineGroup(group: Described & { commands: readonly DefinedCommand[] }): DefinedCommand {
  return {
    name: group.name,
    summary: group.summary,
    add(program, io, done) {
      const parent = describe(program, group);
      for (const command of group.commands) command.add(parent, io, done);
    },
  };
}

/** Adds the line of the list to a program, and no more. */
export function addLine(
  program: Command,
  { name, alias, summary = "" }: Omit<DefinedCommand, "add">,
): Command {
  const command = program.command(name, { hidden: summary === "" }).summary(summary);
  return alias === undefined ? command : command.alias(alias);
}

function describe(program: Command, described: Described): Command {
  const { description, examples, closing } = described;
  const command = addLine(program, described).description(description);
  const lines = examples.map((example) => `  ${example}\n`);
  command.addHelpText("before", `Examples:\n${lines.join("")}`);
  return closing === undefined ? command : command.addHelpText("after", closing);
}
