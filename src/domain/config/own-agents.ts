import { AppError } from "../errors.ts";
import { isRecord } from "../shape.ts";
import { splitWords } from "../words.ts";
import { shortly } from "./keys.ts";

/** The table of a settings file that has the user's own agents. */
export const OWN_AGENTS = "agents";

/** The agents that a user has defined: the command of each, by its name. */
export type OwnAgents = ReadonlyMap<string, string>;

/** Whether an agent of the user's own may have this name, which is a part of paths. */
export function isOwnAgentName(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,30}$/.test(name);
}

/** Reads `[agents.goose] acp = "goose acp"`; `taken` are names that mean something else. */
export function readOwnAgents(
  table: Readonly<Record<string, unknown>>,
  taken: readonly string[],
): OwnAgents | { problem: string } {
  const given = table[OWN_AGENTS];
  if (given === undefined) return new Map();
  if (!isRecord(given)) return { problem: 'agents is no table; write [agents.goose] and acp = "goose acp"' };
  const own = new Map<string, string>();
  for (const [name, value] of Object.entries(given)) {
    const key = `agents.${name}`;
    if (!isOwnAgentName(name))
      return {
        problem: `${shortly(key)} is no name for an agent: it takes small letters, digits and dashes`,
      };
    if (taken.includes(name)) return { problem: `${key} can't be defined: ${name} has a meaning already` };
    const command = isRecord(value) ? value.acp : undefined;
    if (!isRecord(value) || typeof command !== "string" || !hasWords(command))
      return { problem: `${key}.acp is missing or no command; it takes one such as "goose acp"` };
    const other = Object.keys(value).find((one) => one !== "acp");
    if (other !== undefined)
      return { problem: `${shortly(`${key}.${other}`)} is no setting; an agent of your own takes only acp` };
    own.set(name, command);
  }
  return own;
}

function hasWords(command: string): boolean {
  try {
    return splitWords(command).length > 0;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
