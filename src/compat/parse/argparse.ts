import { parseFloatText, repr } from "../python/text.ts";

/**
 * Python's `argparse`, as far as the original scripts use it: abbreviations, `--flag=value`, values that
 * start with a dash, and the texts of its error messages.
 */
export interface Flag {
  name: string;
  /** The key of the value. Several flags may share one key; the last flag on the command line wins. */
  dest: string;
  kind: "value" | "switch" | "list" | "float";
  choices?: readonly string[];
  required?: true;
  /** Left out of the help. */
  hidden?: true;
  help?: string;
  metavar?: string;
}

export interface SubCommand {
  name: string;
  help: string;
  flags: readonly Flag[];
}

export type Values = Record<string, string | number | boolean | string[] | undefined>;

export type Parsed = { command: string; values: Values } | { help: string };

/** A command line that is not valid. `text` is printed on stderr, and the exit code is 2. */
export class ArgumentError extends Error {
  constructor(
    readonly usage: string,
    readonly prog: string,
    message: string,
  ) {
    super(message);
  }

  get text(): string {
    return `${this.usage}${this.prog}: error: ${this.message}\n`;
  }
}

const PROG = "invoke_persist.py";
const NEGATIVE_NUMBER = /^-\d+$|^-\d*\.\d+$/;

export function parseArguments(
  argv: readonly string[],
  commands: readonly SubCommand[],
  about: string,
): Parsed {
  const rootUsage = `usage: ${PROG} [-h]\n${" ".repeat(PROG.length + 8)}{${commands.map(({ name }) => name).join(",")}}\n${" ".repeat(PROG.length + 8)}...\n`;
  const fail = (message: string) => new ArgumentError(rootUsage, PROG, message);
  const [first, ...rest] = argv;
  if (first === "-h" || isPrefix(first, "--help")) {
    const rows = commands.map(({ name, help }) => `    ${name.padEnd(20)}  ${help}`).join("\n");
    return { help: `${rootUsage}\n${about}\n\npositional arguments:\n${rows}\n` };
  }
  if (first === undefined) throw fail("the following arguments are required: cmd");
  if (first.startsWith("-") && first !== "-" && !first.includes(" ") && !NEGATIVE_NUMBER.test(first)) {
    // The root does not know any option before the sub-command, and the words after it can't make it valid.
    const hasCommand = rest.some((word) => commands.some(({ name }) => name === word));
    throw fail(hasCommand ? `unrecognized arguments: ${first}` : "the following arguments are required: cmd");
  }
  const command = commands.find(({ name }) => name === first);
  if (command === undefined) {
    const known = commands.map(({ name }) => repr(name)).join(", ");
    throw fail(`argument cmd: invalid choice: ${repr(first)} (choose from ${known})`);
  }
  const outcome = new SubParser(command).parse(rest);
  if ("help" in outcome) return outcome;
  if (outcome.extras.length > 0) throw fail(`unrecognized arguments: ${outcome.extras.join(" ")}`);
  return { command: command.name, values: outcome.values };
}

function isPrefix(word: string | undefined, option: string): boolean {
  return word !== undefined && word.length > 2 && option.startsWith(word);
}

class SubParser {
  private readonly values: Values = {};
  private readonly extras: string[] = [];
  private readonly prog: string;

  constructor(private readonly command: SubCommand) {
    this.prog = `${PROG} ${command.name}`;
    for (const { dest, kind } of command.flags) {
      this.values[dest] = kind === "switch" ? false : kind === "list" ? [] : undefined;
    }
  }

  parse(words: readonly string[]): { values: Values; extras: string[] } | { help: string } {
    const given = new Set<string>();
    // Python checks every word before it processes the first one: an ambiguous option is an error even after
    // a --help.
    for (const word of words) {
      if (word === "--") break;
      this.optionOf(word);
    }
    for (let index = 0; index < words.length; index += 1) {
      const word = words[index] ?? "";
      if (word === "--") {
        this.extras.push(...words.slice(index));
        break;
      }
      const option = this.optionOf(word);
      if (option === undefined) {
        this.extras.push(word);
        continue;
      }
      const { flag, explicit } = option;
      if (flag === "help") {
        if (explicit === undefined) return { help: this.help() };
        throw this.fail(`argument -h/--help: ignored explicit argument ${repr(explicit)}`);
      }
      if (flag === UNKNOWN) {
        this.extras.push(word);
        continue;
      }
      given.add(flag.dest);
      if (flag.kind === "switch") {
        if (explicit !== undefined)
          throw this.fail(`argument ${flag.name}: ignored explicit argument ${repr(explicit)}`);
        this.values[flag.dest] = true;
        continue;
      }
      if (explicit !== undefined) {
        this.store(flag, explicit);
        continue;
      }
      const value = words[index + 1];
      if (value === undefined || value === "--" || this.optionOf(value) !== undefined) {
        throw this.fail(`argument ${flag.name}: expected one argument`);
      }
      this.store(flag, value);
      index += 1;
    }
    const missing = this.command.flags.filter(({ required, dest }) => required && !given.has(dest));
    if (missing.length > 0) {
      throw this.fail(`the following arguments are required: ${missing.map(({ name }) => name).join(", ")}`);
    }
    return { values: this.values, extras: this.extras };
  }

  private store(flag: Flag, text: string): void {
    if (flag.kind === "float") {
      const number = parseFloatText(text);
      if (number === undefined) throw this.fail(`argument ${flag.name}: invalid float value: ${repr(text)}`);
      this.values[flag.dest] = number;
      return;
    }
    if (flag.choices !== undefined && !flag.choices.includes(text)) {
      const known = flag.choices.map(repr).join(", ");
      throw this.fail(`argument ${flag.name}: invalid choice: ${repr(text)} (choose from ${known})`);
    }
    const before = this.values[flag.dest];
    this.values[flag.dest] = flag.kind === "list" ? [...(Array.isArray(before) ? before : []), text] : text;
  }

  /**
   * Returns the option that a word is, or `UNKNOWN` for an unknown option; undefined for a plain argument.
   */
  private optionOf(word: string): { flag: Flag | "help"; explicit?: string } | undefined {
    if (word === "" || !word.startsWith("-") || word === "-") return undefined;
    if (word === "-h") return { flag: "help" };
    const [name = "", ...values] = word.split("=");
    const explicit = values.length === 0 ? {} : { explicit: values.join("=") };
    if (name === "--help") return { flag: "help", ...explicit };
    const exact = this.command.flags.find((flag) => flag.name === name);
    if (exact !== undefined) return { flag: exact, ...explicit };
    if (word.startsWith("--") && word.length > 2) {
      const names = this.command.flags.filter((flag) => flag.name.startsWith(name));
      const isHelp = "--help".startsWith(name);
      const count = names.length + (isHelp ? 1 : 0);
      if (count > 1) {
        const matches = [...(isHelp ? ["--help"] : []), ...names.map((flag) => flag.name)].join(", ");
        throw this.fail(`ambiguous option: ${word} could match ${matches}`);
      }
      if (isHelp) return { flag: "help", ...explicit };
      const [only] = names;
      if (only !== undefined) return { flag: only, ...explicit };
    }
    if (NEGATIVE_NUMBER.test(word) || word.includes(" ")) return undefined;
    return { flag: UNKNOWN };
  }

  private fail(message: string): ArgumentError {
    return new ArgumentError(this.usage(), this.prog, message);
  }

  private usage(): string {
    const parts = this.command.flags
      .filter(({ hidden }) => !hidden)
      .map((flag) => (flag.required ? shape(flag) : `[${shape(flag)}]`));
    const head = `usage: ${this.prog} `;
    const lines: string[] = [];
    let line = head;
    for (const part of ["[-h]", ...parts]) {
      if (line.length + part.length > 78 && line.trim() !== "") {
        lines.push(line.trimEnd());
        line = " ".repeat(head.length);
      }
      line += `${part} `;
    }
    return `${[...lines, line.trimEnd()].join("\n")}\n`;
  }

  private help(): string {
    const rows = this.command.flags
      .filter(({ hidden }) => !hidden)
      .map(
        (flag) =>
          `  ${shape(flag)}${flag.help === undefined ? "" : `\n                        ${flag.help}`}`,
      );
    return `${this.usage()}\n${this.command.help}\n\noptions:\n  -h, --help            show this help message and exit\n${rows.join("\n")}\n`;
  }
}

/** Stands for an unknown option, which is reported among the unrecognized arguments. */
const UNKNOWN: Flag = { name: "", dest: "", kind: "switch" };

function shape(flag: Flag): string {
  if (flag.kind === "switch") return flag.name;
  const value =
    flag.choices === undefined ? (flag.metavar ?? flag.dest.toUpperCase()) : `{${flag.choices.join(",")}}`;
  return `${flag.name} ${value}`;
}
