import { dirname, resolve } from "node:path";
import { acpAgent } from "../../agents/acp/acp.ts";
import { KEYS, type KnownAgents, type SettingValue } from "../../domain/config/keys.ts";
import { OWN_AGENTS, type OwnAgents, readOwnAgents } from "../../domain/config/own-agents.ts";
import { type ReadTable, readTable, type Settings } from "../../domain/config/table.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWord, quoteWords, splitWords } from "../../domain/words.ts";
import { readOwned } from "../../system/files/owned.ts";
import { settingsCommand } from "../wording.ts";
import type { Owner } from "./places.ts";

/** A settings file is written by people. */
export const MOST_BYTES = 65_536;

/** What is in a library, and in a file of its own: only a start that finds a settings file loads it. */
export const toml = () => import("../../domain/config/toml.ts");

/** A settings file as it was found. */
export type ConfigFile = { path: string } & (
  | { state: "absent" }
  /** It can't be trusted or read. */
  | { state: "refused"; why: string }
  /** It is not TOML, or a value is wrong. Lines and columns are counted from 1. */
  | { state: "broken"; text: string; problem: string; line?: number; column?: number }
  | { state: "read"; text: string; settings: Settings; unknown: ReadTable["unknown"]; ownAgents: OwnAgents }
);

/** Reads the settings file of a user or of a repository. An absent file costs one stat. */
export async function readConfigFile(
  path: string,
  owner: Owner,
  { uid, agents }: { uid: number; agents: KnownAgents },
): Promise<ConfigFile> {
  // People keep their own settings in another folder and link to them; in a repository, a link may lead anywhere.
  const found = readOwned(path, { uid, mostBytes: MOST_BYTES, mayBeLink: owner === "user" });
  if (found === undefined) return { path, state: "absent" };
  if ("refused" in found) return { path, state: "refused", why: found.refused };
  const { text } = found;
  const parsed = (await toml()).parseToml(text);
  if (!("table" in parsed)) return { path, state: "broken", text, ...parsed };
  if (owner === "repository" && parsed.table[OWN_AGENTS] !== undefined)
    return { path, state: "broken", text, problem: "agents can be defined in your own settings file alone" };
  const taken = [...Object.keys(KEYS), OWN_AGENTS, ...agents.map(({ name }) => name)];
  const own = readOwnAgents(parsed.table, taken);
  if ("problem" in own) return { path, state: "broken", text, problem: own.problem };
  const { settings, unknown, problem } = readTable(parsed.table, withOwn(agents, own.keys()));
  if (problem !== undefined) return { path, state: "broken", text, problem };
  const folder = dirname(path);
  const ownAgents = new Map([...own].map(([name, command]) => [name, fromFolder(command, folder)]));
  return { path, state: "read", text, settings: withPaths(settings, folder), unknown, ownAgents };
}

/** Returns the agents that settings may be about: those that are built in, and the user's own. */
export function withOwn(agents: KnownAgents, own: Iterable<string>): KnownAgents {
  return [...agents, ...[...own].map((name) => acpAgent(name, name))];
}

const COMMANDS = ["agent-cmd", "pager", "on-end"];

/** Whether a setting is a command that is run. */
export function isCommand(name: string): boolean {
  return COMMANDS.includes(name.slice(name.indexOf(".") + 1));
}

/** Makes commands in settings independent of the folder: a path in one starts at the folder of its file. */
function withPaths(settings: Settings, folder: string): Settings {
  const absolute = (name: string, value: SettingValue) => {
    if (!isCommand(name) || typeof value !== "string") return value;
    return fromFolder(value, folder);
  };
  return new Map([...settings].map(([name, value]) => [name, absolute(name, value)]));
}

function fromFolder(command: string, folder: string): string {
  const [program = "", ...args] = splitWords(command);
  return program.includes("/") ? quoteWords([resolve(folder, program), ...args]) : command;
}

/** @throws AppError `usage` for a file that can't be used as it is; another user's file in a repository is not used */
export function refuseBroken(file: ConfigFile, owner: Owner): void {
  if (file.state === "refused" && owner === "user") {
    const { path, why } = file;
    throw new AppError("usage", `Your settings file ${path} ${why}.`, {
      hint: `Make it a file of yours that only you may write: chmod 600 ${quoteWord(path)}`,
      facts: { path },
    });
  }
  if (file.state === "broken") throw brokenError(file, owner);
}

function brokenError(file: ConfigFile & { state: "broken" }, owner: Owner): AppError {
  const { path, problem, line, column } = file;
  const where = line === undefined ? "" : `, line ${line}, column ${column}`;
  return new AppError("usage", `The settings file ${path} can't be used${where}: ${problem}.`, {
    hint: `Mend it, for example with: ${settingsCommand("edit", owner === "repository")}`,
    facts: { path, line: line ?? null, column: column ?? null },
  });
}
