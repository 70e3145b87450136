import { Command, CommanderError } from "commander";
import { ATTEND } from "../app/detach.ts";
import { AppError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import { addAttach } from "./commands/attach.ts";
import { addAttendTurn } from "./commands/attend-turn.ts";
import { addCancel } from "./commands/cancel.ts";
import { addCheckpoint } from "./commands/checkpoint.ts";
import { addContinue } from "./commands/continue.ts";
import { addCost } from "./commands/cost.ts";
import { addCreate } from "./commands/create.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addFork } from "./commands/fork.ts";
import { addGc } from "./commands/gc.ts";
import { addHistory } from "./commands/history.ts";
import { addList } from "./commands/list.ts";
import { addOnce } from "./commands/once.ts";
import { addRemove } from "./commands/remove.ts";
import { addRename } from "./commands/rename.ts";
import { addRestore } from "./commands/restore.ts";
import { addRole } from "./commands/role.ts";
import { addSend } from "./commands/send.ts";
import { addShow } from "./commands/show.ts";
import { addSkills } from "./commands/skills.ts";
import { addStatus } from "./commands/status.ts";
import { addWait } from "./commands/wait.ts";
import type { CommandIo } from "./terminal.ts";

const INTRODUCTION = `Examples:
  agent-sessions create review-src --agent claude "Read src/ and remember what it does."
  agent-sessions send review-src "Which file would you refactor first?"
  agent-sessions list
`;

const CLOSING = `
Exit codes:
  0 done   2 usage   3 the agent failed   4 no such name, turn or conversation   5 busy, still running   6 deadline
  7 agent missing or not signed in   8 state can't be read or written   130 interrupted   143 terminated
`;

/**
 * Runs one command line and returns its exit code.
 *
 * @throws AppError for everything that went wrong, the parser's own complaints included.
 */
export async function runCommandLine(
  argv: readonly string[],
  version: string,
  io: CommandIo,
): Promise<number> {
  let exitCode = 0;
  const done = (code: number) => {
    exitCode = code;
  };
  const program = new Command("agent-sessions")
    .description("Names that keep for conversations with coding agents.")
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "explain a command")
    .addHelpText("before", INTRODUCTION)
    .addHelpText("after", CLOSING)
    .showSuggestionAfterError()
    .configureOutput({ writeOut: io.terminal.out, writeErr: () => undefined })
    .exitOverride();
  // A command that is called by its name needs none of the others, and each costs a moment to describe.
  const verb = argv[0] ?? "";
  const called = COMMANDS.get(ALIASES.get(verb) ?? verb);
  for (const add of called === undefined ? COMMANDS.values() : [called]) add(program, io, done);
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw explain(error, program, argv);
  }
  return exitCode;
}

/** By their names, in the order of the help. */
const COMMANDS = new Map([
  ["create", addCreate],
  ["send", addSend],
  ["continue", addContinue],
  ["fork", addFork],
  ["once", addOnce],
  ["wait", addWait],
  ["attach", addAttach],
  ["status", addStatus],
  ["cancel", addCancel],
  ["list", addList],
  ["show", addShow],
  ["history", addHistory],
  ["rename", addRename],
  ["remove", addRemove],
  ["role", addRole],
  ["cost", addCost],
  ["restore", addRestore],
  ["gc", addGc],
  ["doctor", addDoctor],
  ["checkpoint", addCheckpoint],
  ["skills", addSkills],
  [ATTEND, addAttendTurn],
]);

const ALIASES = new Map([
  ["ls", "list"],
  ["rm", "remove"],
  ["mv", "rename"],
]);

/** What other tools call our commands. */
const MEANT: Record<string, string> = {
  resume: "send",
  ask: "once",
  run: "once",
  exec: "once",
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
  logs: "attach",
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
  clean: "gc",
  prune: "gc",
};

/** The parser's complaint with our hint: which help to read. */
function explain(error: CommanderError, program: Command, argv: readonly string[]): AppError {
  const verb = argv[0] ?? "";
  const command = program.commands.find((known) => known.name() === verb || known.aliases().includes(verb));
  const where = command === undefined ? "agent-sessions" : `agent-sessions ${command.name()}`;
  const isNoCommand = error.code === "commander.help" || error.code === "commander.unknownCommand";
  if (isNoCommand && command !== undefined && command.commands.length > 0) {
    const known = command.commands.map((one) => one.name());
    const given = argv[1];
    const meant = given === undefined ? undefined : nearest(given, known);
    const what =
      given === undefined
        ? `${verb} needs a word more`
        : `There is no command ${JSON.stringify(`${verb} ${given}`)}`;
    const suggestion = meant === undefined ? `Give one of: ${known.join(", ")}.` : `Did you mean ${meant}?`;
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
    return new AppError("usage", "There are more words than a name and a prompt.", {
      hint: `Put the prompt in quotes: agent-sessions ${verb} NAME '…'`,
    });
  }
  const option = /^error: unknown option '(.*)'(?:\n\(Did you mean .*\?\))?$/s.exec(error.message)?.[1];
  const [word, ...words] = option?.split(/\s/) ?? [];
  if (words.length > 0) {
    // A prompt, most likely: it is not for logs.
    return new AppError("usage", `There is no option that begins with ${JSON.stringify(word)}.`, {
      hint: `If it is the prompt, put two dashes before it: agent-sessions ${verb} NAME -- '--…'`,
    });
  }
  const text = error.message.replace(/^error: /, "").replace(/\n/g, " ");
  const message = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return new AppError("usage", /[.)]$/.test(message) ? message : `${message}.`, {
    hint: `See: ${where} --help`,
  });
}
