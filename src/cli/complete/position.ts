import type { Argument, Command, Option } from "commander";

/** What stands where the cursor is. */
export type Position =
  | { is: "command"; of: Command }
  | { is: "option"; of: Command }
  /** `flag` stands before the value in the same word, as in `--agent=`. */
  | { is: "value"; of: Option; flag: string }
  | { is: "argument"; of: Argument }
  | { is: "nothing" };

/** A command line that is being typed, as its parser will understand it. */
export interface TypedLine {
  /** The words of the command, such as `role set`. */
  verb: string;
  /** The arguments before the cursor. */
  args: readonly string[];
  /** The options before the cursor, by their attribute; true for those without a value. */
  given: ReadonlyMap<string, string | true>;
  position: Position;
}

const NOTHING: TypedLine = { verb: "", args: [], given: new Map(), position: { is: "nothing" } };

/**
 * Returns what a line means up to its last word, which the cursor is in. `describe` returns the program with the command
 * of a verb, or with all commands where that is none.
 */
export async function readLine(
  words: readonly string[],
  describe: (verb: string) => Promise<Command>,
): Promise<TypedLine> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const isHelp = before[0] === "help";
  if (isHelp) before.shift();
  const program = await describe(before[0] ?? "");
  let command = program;
  let at = 0;
  for (; command.commands.length > 0 && at < before.length; at += 1) {
    const word = before[at] ?? "";
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next === undefined && command.registeredArguments.length > 0) break;
    if (next === undefined) return NOTHING;
    command = next;
  }
  const verb = before.slice(0, at).join(" ");
  const isRest = at < before.length || (current.startsWith("-") && command.registeredArguments.length > 0);
  if (command.commands.length > 0 && !isRest) {
    const isOption = current.startsWith("-") && !isHelp;
    return { ...NOTHING, verb, position: { is: isOption ? "option" : "command", of: command } };
  }
  return isHelp ? NOTHING : { ...readRest(before.slice(at), current, command), verb };
}

function readRest(before: readonly string[], current: string, command: Command): Omit<TypedLine, "verb"> {
  const args: string[] = [];
  const given = new Map<string, string | true>();
  let awaiting: Option | undefined;
  let isOver = false;
  for (const word of before) {
    if (awaiting !== undefined && (awaiting.required || !word.startsWith("-"))) {
      given.set(awaiting.attributeName(), word);
      awaiting = undefined;
    } else if (isOver || word === "-" || !word.startsWith("-")) args.push(word);
    else if (word === "--") isOver = true;
    else {
      const { option, value } = optionIn(word, command);
      awaiting = option !== undefined && takesValue(option) && value === undefined ? option : undefined;
      if (option !== undefined) given.set(option.attributeName(), value ?? true);
    }
  }
  const position = positionOf(current, { command, args, awaiting, isOver });
  return { args, given, position };
}

interface Reached {
  command: Command;
  args: readonly string[];
  /** The option whose value comes next. */
  awaiting: Option | undefined;
  /** Whether two dashes have ended the options. */
  isOver: boolean;
}

function positionOf(current: string, { command, args, awaiting, isOver }: Reached): Position {
  if (awaiting !== undefined && (awaiting.required || !current.startsWith("-")))
    return { is: "value", of: awaiting, flag: "" };
  if (!isOver && current.startsWith("-")) {
    const flag = /^--[^=]+=/.exec(current)?.[0];
    if (flag === undefined) return { is: "option", of: command };
    const { option } = optionIn(current, command);
    const isMeant = option !== undefined && takesValue(option);
    return isMeant ? { is: "value", of: option, flag } : { is: "nothing" };
  }
  const known = command.registeredArguments;
  const last = known.at(-1);
  const next = known[args.length] ?? (last?.variadic ? last : undefined);
  return next === undefined ? { is: "nothing" } : { is: "argument", of: next };
}

/** Returns the option of a word, and its value where the word has that too; of several short ones, the last. */
function optionIn(word: string, { options }: Command): { option?: Option | undefined; value?: string } {
  if (word.startsWith("--")) {
    const at = word.indexOf("=");
    const long = at === -1 ? word : word.slice(0, at);
    const option = options.find((one) => one.long === long);
    return at === -1 ? { option } : { option, value: word.slice(at + 1) };
  }
  for (let at = 1; at < word.length; at += 1) {
    const option = options.find(({ short }) => short === `-${word[at]}`);
    const rest = word.slice(at + 1);
    if (option === undefined || rest === "") return { option };
    if (takesValue(option)) return { option, value: rest };
  }
  return {};
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}
