import { ACCESSES } from "../agent/access.ts";
import type { Agent } from "../agent/agent.ts";
import { BUDGET_TAKES, parseBudget } from "../budget/budget.ts";
import { LONGEST_MS, parseDuration } from "../duration.ts";
import { AppError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { FORGET } from "../turn/settings.ts";
import { splitWords } from "../words.ts";

export type SettingValue = string | boolean | readonly string[];

/** What the settings have to know of the agents. */
export type KnownAgents = readonly Pick<Agent, "name" | "title" | "can">[];

/** A setting that a settings file can have. */
interface Key {
  /** In words for people. */
  what: string;
  /** Whether a table such as `[codex]` can set it for one agent. */
  isOfAgent?: true;
  /**
   * Whether the file of a repository sets it without having been allowed: `narrower` only to less than what
   * would apply without that file.
   */
  repository: "free" | "narrower" | "allowed";
  /** The allowed values, as they follow "it takes" in a message. */
  takes(agents: KnownAgents): string;
  isRight(value: unknown, agents: KnownAgents): boolean;
}

/** How to write that no agent is kept warm. */
export const NEVER_WARM = "off";

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
const isChoice = (value: unknown): boolean => isText(value) && value !== FORGET;
const isCommand = (value: unknown): boolean => isText(value) && wordsIn(value).length > 0;

/** All settings, in the order in which they are listed. */
export const KEYS: Readonly<Record<string, Key>> = {
  agent: {
    what: "the agent of a new conversation",
    repository: "free",
    takes: (agents) => orList(agents.map(({ name }) => name)),
    isRight: (value, agents) => agents.some(({ name }) => name === value),
  },
  model: {
    what: "the model, as the agent calls it",
    isOfAgent: true,
    repository: "free",
    takes: () => "the name of a model",
    isRight: isChoice,
  },
  effort: {
    what: "the reasoning effort, as the agent calls it",
    isOfAgent: true,
    repository: "free",
    takes: (agents) => orList([...new Set(agents.flatMap(({ can }) => can.efforts))]),
    isRight: (value, agents) =>
      isChoice(value) && agents.some(({ can }) => can.efforts.includes(String(value))),
  },
  access: {
    what: "what the agent may do",
    isOfAgent: true,
    repository: "narrower",
    takes: () => orList(ACCESSES),
    isRight: (value) => ACCESSES.some((access) => access === value),
  },
  "agent-cmd": {
    what: "a wrapper to start new conversations with",
    isOfAgent: true,
    repository: "allowed",
    takes: () => "a command",
    isRight: isCommand,
  },
  "agent-args": {
    what: "arguments for the agent of new conversations",
    isOfAgent: true,
    repository: "allowed",
    takes: () => "a list of texts",
    isRight: (value) => Array.isArray(value) && value.every((word) => typeof word === "string"),
  },
  budget: {
    what: "the most that any name may use; the smallest budget counts",
    isOfAgent: true,
    repository: "free",
    takes: () => BUDGET_TAKES,
    isRight: (value) => typeof value === "string" && parseBudget(value) !== undefined,
  },
  "keep-warm": {
    what: "how long the agent's process stays after a turn",
    repository: "allowed",
    takes: () => `a time above 0, such as 5m, or ${NEVER_WARM}`,
    isRight: (value) => value === NEVER_WARM || isTime(value),
  },
  pager: {
    what: "what shows long texts; empty for nothing",
    repository: "allowed",
    takes: () => "a command, or an empty text",
    isRight: (value) => value === "" || isCommand(value),
  },
  notify: {
    what: "whether the end of a turn notifies you",
    repository: "allowed",
    takes: () => "true or false",
    isRight: (value) => typeof value === "boolean",
  },
  "on-end": {
    what: "a command to run at the end of each turn",
    repository: "allowed",
    takes: () => "a command",
    isRight: isCommand,
  },
  "workspace-id": {
    what: "what this workspace is called on machines that share a store",
    repository: "free",
    takes: () => "a text",
    isRight: isText,
  },
};

const KEY_NAMES = Object.keys(KEYS);

/** What of a text a message repeats. */
const LONGEST_SHOWN = 60;

/** Nobody means a setting by a name that is longer. */
const LONGEST_MEANT = 40;

/** A setting as it is written: `model`, or `codex.model` for that of one agent. */
export interface NamedKey {
  name: string;
  /** The agent whose table has it; undefined at the top of a file. */
  agent: string | undefined;
  key: Key;
  /** The name without the agent. */
  plain: string;
}

/** Returns the setting of this name, or what was most likely meant, if anything. */
export function findKey(name: string, agents: KnownAgents): NamedKey | { meant: string | undefined } {
  const found = keyNamed(name, agents);
  if (found !== undefined) return found;
  if (name.length > LONGEST_MEANT) return { meant: undefined };
  return { meant: nearest(name, everyKey(agents)) ?? nearest(name.replaceAll("_", "-"), everyKey(agents)) };
}

export function keyNamed(name: string, agents: KnownAgents): NamedKey | undefined {
  const dot = name.indexOf(".");
  const agent = dot === -1 ? undefined : name.slice(0, dot);
  const plain = name.slice(dot + 1);
  const key = Object.hasOwn(KEYS, plain) ? KEYS[plain] : undefined;
  const isKnown = agent === undefined || (agents.some((one) => one.name === agent) && key?.isOfAgent);
  return key !== undefined && isKnown ? { name, agent, key, plain } : undefined;
}

/** Returns the names of all settings, those of the agents' tables at the end. */
export function everyKey(agents: KnownAgents): string[] {
  const ofAgents = KEY_NAMES.filter((name) => KEYS[name]?.isOfAgent);
  return [...KEY_NAMES, ...agents.flatMap(({ name }) => ofAgents.map((key) => `${name}.${key}`))];
}

/** Returns what is wrong with a value, as the end of a sentence about the setting; undefined if it is right. */
export function wrongWith({ key, agent }: NamedKey, value: unknown, agents: KnownAgents): string | undefined {
  const about = agents.filter(({ name }) => agent === undefined || name === agent);
  if (key.isRight(value, about)) return undefined;
  return `is ${show(value)}; it takes ${key.takes(about)}`;
}

function isTime(value: unknown): boolean {
  const ms = typeof value === "string" ? (parseDuration(value) ?? 0) : 0;
  return ms > 0 && ms <= LONGEST_MS;
}

function wordsIn(command: string): string[] {
  try {
    return splitWords(command);
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

function show(value: unknown): string {
  if (typeof value === "string") return shortly(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  return typeof value === "object" ? "a table" : String(value);
}

/** Returns a text in quotes, without most of a long one: a stranger may have written it. */
export function shortly(text: string): string {
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
}

function orList(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
