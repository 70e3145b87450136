import { Command, CommanderError } from "commander";
import type { ConfigQuery } from "../app/config/places.ts";
import type { Config } from "../app/config/read.ts";
import type { OpenShared } from "../app/shared-line.ts";
import { AppError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import type { StateHome } from "../stores/file/home.ts";
import { addLine, type DefinedCommand, type RareCommand } from "./command.ts";
import { COMPLETE, completeLine } from "./complete/complete-line.ts";
import { type NamelessLine, pickLine } from "./pick/pick-line.ts";
import { loaded } from "./surface/load.ts";
import type { CommandIo } from "./terminal.ts";

const CLOSING = `
Exit codes:
  0 done     2 usage     3 the agent failed     4 not found     5 busy
  6 deadline     7 agent missing or not signed in     8 state unreadable
  20 a gate waits for a person     21 a gate was refused
`;

const VERSION = ["-V", "--version"];

/** The name of the program with all commands. */
const PROGRAM = "agent-sessions";

/** A program that offers some or all of the commands. */
export interface Surface {
  /** The program's name in its help. */
  name: string;
  description: string;
  /** The first part of its help. */
  introduction: string;
  /** The agent of a new conversation if the user does not choose one. */
  defaultAgent: string;
  /** In the order of the help. */
  commands: readonly (DefinedCommand | RareCommand)[];
  /** Commands that only the installed program has. */
  elsewhere?: readonly string[];
  /** Under which heading the help lists a command. Default: under one for all. */
  groupOf?(verb: string): string | undefined;
  /** What `help` explains besides the commands: each by its name. */
  topics?: { names: readonly string[]; read(name: string): Promise<string | undefined> };
  /** Reads the user's settings. Default: it has none. */
  readConfig?(query: ConfigQuery, home: () => StateHome): Promise<Config>;
  /** Opens a store that machines share. Default: it can use none. */
  openShared?: OpenShared;
  /** Whether its commands also start what has waited for a process. Default: true. */
  runsWaiting?: boolean;
}

/**
 * Runs one command line and returns its exit code.
 *
 * @throws AppError for every error, including those of the parser.
 */
export async function runCommandLine(
  argv: readonly string[],
  version: string,
  given: Omit<CommandIo, "runLine" | "loadCommands">,
  surface: Surface,
): Promise<number> {
  const io: CommandIo = {
    ...given,
    runLine: (line, other) => runCommandLine(line, version, other, surface),
    loadCommands: async (verbs) =>
      void (await Promise.all(surface.commands.filter(({ name }) => verbs.includes(name)).map(loaded)).catch(
        () => undefined,
      )),
  };
  let exitCode = 0;
  const done = (code: number) => {
    exitCode = code;
  };
  const isWhole = surface.name === PROGRAM;
  const describe = (verb: string) => describeProgram(verb, version, io, surface, done);
  if (argv[0] === COMPLETE && isWhole) return completeLine(argv.slice(1), io, describe);
  /** Runs what a person picks; undefined where nobody can, or there is nothing to pick from. */
  const runPicked = async (typed?: NamelessLine): Promise<number | undefined> => {
    const picked = isWhole ? await pickLine(io, typed) : undefined;
    if (picked === undefined || "exitCode" in picked) return picked?.exitCode;
    return io.runLine(picked.line, io);
  };
  if (argv.length === 0) {
    const code = await runPicked();
    if (code !== undefined) return code;
  }
  const help = helpWords(argv);
  const topic = help?.length === 1 ? await surface.topics?.read(help[0] ?? "") : undefined;
  if (topic !== undefined) {
    io.terminal.out(topic);
    return 0;
  }
  const meant = asMeant(argv);
  const verb = verbOf(help ?? meant);
  const program = await describe(verb);
  // Options behind a command are its own, also where another word is before it.
  if (verb !== meant[0]) program.enablePositionalOptions();
  const asked = help === undefined ? meant : helpLine(help, program);
  try {
    await program.parseAsync(asked, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const nameless = error.code === "commander.missingArgument" ? namelessLine(program, asked) : undefined;
    const code = nameless && (await runPicked(nameless));
    if (code !== undefined) return code;
    throw lackOf(asked[0] ?? "", surface) ?? explain(error, program, asked);
  }
  return exitCode;
}

/** The verbs whose name can be picked. */
const PICKING = new Set(["open", "send"]);

/** Returns a line that lacks all arguments of a verb whose name can be picked, by a person and no program. */
function namelessLine(program: Command, [verb = "", ...rest]: readonly string[]): NamelessLine | undefined {
  const command = PICKING.has(verb) ? program.commands.find((one) => one.name() === verb) : undefined;
  if (command === undefined || command.args.length > 0) return undefined;
  const { json, stream, events } = command.opts<{ json?: boolean; stream?: boolean; events?: boolean }>();
  return json || stream || events ? undefined : { command, rest };
}

/**
 * Describes the program to the parser: the command that is called by its name, or the list of all. It takes time to
 * describe each.
 */
async function describeProgram(
  verb: string,
  version: string,
  io: CommandIo,
  { name, description, introduction, commands, topics, groupOf }: Surface,
  done: (exitCode: number) => void,
): Promise<Command> {
  // A skill offers some of the commands under a name of its own, and its user may have no other program.
  const asCalled = (text: string) =>
    name === PROGRAM
      ? text
      : text.replaceAll(/\bagent-sessions ([a-z]+)/g, (whole, verb) =>
          commands.some((command) => command.name === verb) ? `node ${name} ${verb}` : whole,
        );
  const program = new Command(name)
    .description(description)
    .version(version, VERSION.join(", "), "print the version")
    .helpCommand("help [command]", "explain a command")
    // What a command takes is in its own help.
    .configureHelp({ subcommandTerm: (command) => [command.name(), ...command.aliases()].join(", ") })
    .addHelpText("before", introduction)
    .addHelpText(
      "after",
      topics === undefined ? CLOSING : `${CLOSING}\nMore: help ${topics.names.join(", help ")}\n`,
    )
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => io.terminal.out(asCalled(text)), writeErr: () => undefined })
    .exitOverride();
  const called = commands.filter((command) => command.name === verb || command.alias === verb);
  if (called.length > 0) {
    for (const command of called) (await loaded(command)).add(program, io, done);
  } else if (!VERSION.includes(verb)) {
    // Whatever word comes first is taken for a command.
    program.enablePositionalOptions();
    for (const command of commands) addLine(program, command);
  }
  for (const command of program.commands) {
    const group = groupOf?.(command.name());
    if (group !== undefined) command.helpGroup(group);
    command.copyInheritedSettings(program);
  }
  return program;
}

/** Returns what the parser calls a line that people type without reading anything before. */
function asMeant(argv: readonly string[]): string[] {
  if (argv.length === 0) return ["--help"];
  return argv.length === 1 && (argv[0] === "-v" || argv[0] === "version") ? ["--version"] : [...argv];
}

/** Returns the word that may be a command: `help` is for the one behind it. */
function verbOf(words: readonly string[]): string {
  const verb = words.find((word) => word !== "help" && word !== "--") ?? "";
  return verb === words[0] || !VERSION.includes(verb) ? verb : "help";
}

/**
 * Returns the words after `help`, or undefined if the parser is to handle them. The parser's own `help` takes
 * only one word, and does not know `help help`.
 */
function helpWords([verb, ...rest]: readonly string[]): string[] | undefined {
  const words = rest.filter((word) => word !== "--json");
  const isOurs = verb === "help" && words.length > 0 && !words.some((word) => word.startsWith("-"));
  return isOurs ? words.filter((word) => word !== "help") : undefined;
}

/**
 * Returns the command line that shows the help for words such as `role set`, or one that the parser refuses.
 */
function helpLine(words: readonly string[], program: Command): string[] {
  const known: string[] = [];
  let command = program;
  for (const word of words) {
    if (command.commands.length === 0) break;
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    known.push(word);
    if (next === undefined) return known;
    command = next;
  }
  return [...known, "--help"];
}

/** The names that other tools have for our commands. */
const MEANT: Record<string, string> = {
  resume: "send",
  run: "once",
  exec: "once",
  import: "adopt",
  take: "adopt",
  new: "create",
  branch: "fork",
  copy: "fork",
  start: "create",
  delete: "remove",
  undelete: "restore",
  undo: "restore",
  reflog: "restore",
  move: "rename",
  info: "show",
  usage: "cost",
  costs: "cost",
  log: "history",
  tail: "attach",
  follow: "attach",
  watch: "attach",
  kill: "cancel",
  stop: "cancel",
  abort: "cancel",
  ps: "status",
  jobs: "status",
  check: "doctor",
  diagnose: "doctor",
  fix: "doctor",
  unlock: "doctor",
  approve: "gate approve",
  refuse: "gate refuse",
  reject: "gate refuse",
  gates: "gate list",
  clean: "gc",
  prune: "gc",
};

/** Returns the error for a command that only the installed program has; undefined for all others. */
function lackOf(verb: string, { elsewhere = [] }: Surface): AppError | undefined {
  if (!elsewhere.includes(verb)) return undefined;
  return new AppError("usage", `This file does not contain the command ${JSON.stringify(verb)}.`, {
    hint: `Use the installed program: ${PROGRAM} ${verb}`,
  });
}

/** Returns the parser's error with our hint, which names the help to read. */
function explain(error: CommanderError, program: Command, argv: readonly string[]): AppError {
  const verb = argv[0] ?? "";
  const command = program.commands.find((known) => known.name() === verb || known.aliases().includes(verb));
  const where = command === undefined ? "agent-sessions" : `agent-sessions ${command.name()}`;
  const typed = argv.slice(1).filter((word) => !word.startsWith("-"));
  // The options behind a slip are not those of a command that takes no argument.
  const isSlip =
    error.code === "commander.unknownOption" &&
    command?.registeredArguments.length === 0 &&
    typed[0] === argv[1] &&
    command.commands.every((one) => one.name() !== typed[0]);
  const isNoCommand =
    isSlip ||
    [
      "commander.help",
      "commander.unknownCommand",
      // A command with an argument of its own takes the slip for that, and the rest for too much.
      "commander.excessArguments",
    ].includes(error.code);
  if (isNoCommand && command !== undefined && command.commands.length > 0) {
    const known = command.commands.map((one) => one.name());
    const [given] = typed;
    const meant = given === undefined ? undefined : nearest(given, known);
    const what =
      given === undefined
        ? `${verb} needs a subcommand`
        : `There is no command ${JSON.stringify(`${verb} ${given}`)}`;
    const suggestion = meant === undefined ? `Use one of: ${known.join(", ")}.` : `Did you mean ${meant}?`;
    return new AppError("usage", `${what}. ${suggestion}`, { hint: `See: ${where} --help` });
  }
  if (error.code === "commander.help" && verb !== "help") {
    return new AppError("usage", "No command was given.", {
      hint: "See what there is with: agent-sessions --help",
    });
  }
  const unknown = error.code === "commander.help" ? (argv[1] ?? "") : verb;
  if (error.code === "commander.help" || error.code === "commander.unknownCommand") {
    const known = program.commands.map((one) => one.name());
    const meant = (Object.hasOwn(MEANT, unknown) ? MEANT[unknown] : undefined) ?? nearest(unknown, known);
    const suggestion = meant === undefined ? "" : ` Did you mean ${meant}?`;
    return new AppError("usage", `Unknown command ${JSON.stringify(unknown)}.${suggestion}`, {
      hint: "See what there is with: agent-sessions --help",
    });
  }
  if (error.code === "commander.excessArguments" && (verb === "create" || verb === "send")) {
    return new AppError("usage", "Too many arguments after the name and the prompt.", {
      hint: `Put the prompt in quotes: agent-sessions ${verb} NAME '…'`,
    });
  }
  const option = /^error: unknown option '(.*)'(?:\n\(Did you mean .*\?\))?$/s.exec(error.message)?.[1];
  const [word, ...words] = option?.split(/\s/) ?? [];
  if (words.length > 0) {
    // Most likely this is a prompt, which must not get into logs: only its first word is repeated.
    return new AppError("usage", `There is no option that begins with ${JSON.stringify(word)}.`, {
      hint: `If it is the prompt, put two dashes before it: agent-sessions ${verb} NAME -- '--…'`,
    });
  }
  const text = error.message.replace(/^error: /, "").replace(/\n/g, " ");
  const message = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  const below = command?.commands.find((one) => one.name() === argv[1]);
  return new AppError("usage", /[.)]$/.test(message) ? message : `${message}.`, {
    hint: `See: ${below === undefined ? where : `${where} ${below.name()}`} --help`,
  });
}
