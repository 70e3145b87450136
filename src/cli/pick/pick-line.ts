import type { Command } from "commander";
import { openContext } from "../../app/compose/open-context.ts";
import type { Context } from "../../app/context.ts";
import { type ListedName, list } from "../../app/names/listing/list.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWords } from "../../domain/words.ts";
import type { SendFlags } from "../ask/send-command.ts";
import { stateOf, wordsOf } from "../names/list.ts";
import { fitTable } from "../output/fit.ts";
import { formatAge } from "../output/numbers.ts";
import { styleFor } from "../output/style.ts";
import { printable } from "../output/table.ts";
import { foldersOf } from "../place.ts";
import type { CommandIo } from "../terminal.ts";
import type { Choice } from "./pick.ts";

/** What can be done with a conversation that was chosen. */
const DEEDS: readonly (Choice & { asks?: string })[] = [
  { value: "open", label: "open", hint: "go on in the agent's own window" },
  { value: "send", label: "send", hint: "one prompt", asks: "The prompt:" },
  { value: "history", label: "history", hint: "read the prompts and answers" },
  { value: "show", label: "show", hint: "details, and the last answer" },
  {
    value: "fork",
    label: "fork",
    hint: "a new conversation with its history",
    asks: "The name of the fork:",
  },
];

/** A line without its name, as it was typed. */
export interface NamelessLine {
  command: Command;
  /** What was typed after the verb. */
  rest: readonly string[];
}

/** What was picked: the command line to run, or the exit code of a person who has left. */
export type Picked = { line: string[] } | { exitCode: number };

/**
 * Lets the person at the keyboard choose a name, and what to do with it unless that was typed, and tells the command line
 * that does the same. Returns undefined where nobody can choose, or there is nothing to choose from.
 *
 * @throws AppError as `list` does, for a line that was typed
 */
export async function pickLine(io: CommandIo, typed?: NamelessLine): Promise<Picked | undefined> {
  const { terminal, around } = io;
  if (!terminal.hasKeyboard || around.env.TERM === "dumb") return undefined;
  const flags: Partial<SendFlags> = typed?.command.opts<SendFlags>() ?? {};
  const context = lookAt(io);
  if (context === undefined) return undefined;
  const found = await orNothing(typed, async () => {
    const { names } = await list(context, { workspace: foldersOf(io, flags), agent: flags.agent });
    return { names, now: context.now() };
  });
  if (found === undefined || found.names.length === 0) return undefined;
  const { names, now } = found;
  const { askFor, chooseFrom, chooseOf } = await import("./pick.ts");
  const left = { exitCode: 130 };
  const at = await chooseFrom("Which conversation?", rowsOf(names, terminal.size()?.columns ?? 80, now));
  const chosen = at === undefined ? undefined : names[Number(at)];
  if (chosen === undefined) return left;
  const verb =
    typed?.command.name() ?? (await chooseOf(`What to do with ${printable(chosen.name)}?`, [...DEEDS]));
  if (verb === undefined) return left;
  const { asks } = DEEDS.find(({ value }) => value === verb) ?? {};
  const hasPrompt = flags.retry === true || flags.edit === true || flags.promptFile !== undefined;
  const answer = asks === undefined || hasPrompt ? [] : [await askFor(asks)];
  if (answer.includes(undefined)) return left;
  const options = [...placeWords(chosen, names), ...(typed?.rest ?? []).filter((word) => word !== "--")];
  const line = lineOf(verb, chosen.name, options, answer as string[]);
  const { dim } = styleFor(terminal.hasColor.err);
  terminal.err(`${dim(printable(quoteWords(["agent-sessions", ...line])))}\n`);
  return { line };
}

/** Opens the state as it is; who only looks at the names changes nothing. Undefined where there is none to look at. */
function lookAt({ around }: CommandIo): Context | undefined {
  try {
    return openContext({ ...around, onlyLooks: true, notify: () => undefined });
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** Who has typed nothing gets the help, whatever is wrong. */
async function orNothing<T>(
  typed: NamelessLine | undefined,
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (typed === undefined && error instanceof AppError) return undefined;
    throw error;
  }
}

/** What stands before a label: the line at the side, the mark of the choice, and the last column stays empty. */
const MARGIN = 6;

function rowsOf(names: readonly ListedName[], columns: number, now: Date) {
  const style = styleFor(false);
  const head = [
    { head: "", least: 12 },
    { head: "" },
    { head: "", leaveOut: 3 },
    { head: "", leaveOut: 2 },
    { head: "", least: 20, leaveOut: 1 },
  ];
  const rows = names.map((listed) => [
    { text: printable(listed.name) },
    { text: stateOf(listed, now, style).text },
    { text: listed.agent },
    { text: formatAge(listed.usedAt ?? listed.createdAt, now) },
    { text: wordsOf(listed) },
  ]);
  const lines = fitTable(head, rows, columns - MARGIN, (text) => text).split("\n");
  return names.map(({ name }, at) => ({
    value: String(at),
    label: lines[at + 1] ?? "",
    first: printable(name),
  }));
}

/** Returns the options that tell a name from others that are spelled like it. */
function placeWords(chosen: ListedName, names: readonly ListedName[]): string[] {
  const { name, agent, workspace } = chosen;
  const others = names.filter((one) => one.name === name && one !== chosen);
  return [
    ...(others.some((one) => one.workspace === workspace) ? ["--agent", agent] : []),
    ...(others.some((one) => one.workspace !== workspace) ? ["--workspace", workspace] : []),
  ];
}

/** Puts a line together so that nothing in it is taken for an option that is none. */
function lineOf(verb: string, name: string, options: readonly string[], answer: readonly string[]): string[] {
  const isLikeOption = [name, ...answer].some((word) => word.startsWith("-"));
  return isLikeOption ? [verb, ...options, "--", name, ...answer] : [verb, name, ...options, ...answer];
}
