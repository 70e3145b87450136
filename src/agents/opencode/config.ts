import { basename } from "node:path";
import type { Access } from "../../domain/agent/access.ts";
import type { TurnRequest } from "../../domain/agent/agent.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { isRecord } from "../../domain/shape.ts";

/** The variable with settings that opencode reads after those of all files. */
export const CONFIG_VARIABLE = "OPENCODE_CONFIG_CONTENT";

/**
 * Returns the name of the agent, as opencode calls a set of settings, that a turn or window with an access runs as. Its
 * rules come after all others, and the last rule that matches decides. opencode 1.18.33 merges the settings of agents of
 * the same name, so a repository could loosen those of an agent whose name it knows: each has one of its own.
 */
export function ownAgent(folder: string): string {
  return `agent-sessions-${basename(folder).slice(-12)}`;
}

/** Nobody would answer: opencode 1.18.33 denies these to new conversations by itself, but not to forked ones. */
const NOBODY = { question: "deny", plan_enter: "deny", plan_exit: "deny" };

const READ_ONLY = {
  // Tools of MCP servers, of plugins and of later versions, sub-agents, commands and the web included.
  "*": "deny",
  read: { "*": "allow", "*.env": "deny", "*.env.*": "deny", "*.env.example": "allow" },
  grep: "allow",
  glob: "allow",
  list: "allow",
  todowrite: "allow",
  skill: "allow",
};

const RULES: Record<Access, object> = {
  "read-only": READ_ONLY,
  edit: { ...READ_ONLY, edit: "allow" },
  full: { "*": "allow", ...NOBODY },
};

/** Returns the settings of a turn or a window as the value of the variable. */
export function configFor(
  { access, role, folder }: Pick<TurnRequest, "access" | "role" | "folder">,
  isTurn: boolean,
): string {
  const permission = access === undefined ? undefined : RULES[access];
  return JSON.stringify({
    ...(isTurn ? { permission: NOBODY } : {}),
    ...(permission === undefined ? {} : { agent: { [ownAgent(folder)]: { mode: "primary", permission } } }),
    ...(role === undefined ? {} : { instructions: [role.path] }),
  });
}

/** Returns what the user has put into the variable, with our settings; undefined if it is not JSON. */
export function joinConfig(users: string, added: string): string | undefined {
  const theirs = parseJson(users);
  const ours = parseJson(added);
  if (!isRecord(theirs) || !isRecord(ours)) return undefined;
  const { permission, agent, instructions } = theirs;
  const joined: Record<string, unknown> = { ...theirs };
  if (ours.permission !== undefined) joined.permission = joinRules(permission, ours.permission);
  if (ours.agent !== undefined) joined.agent = { ...(isRecord(agent) ? agent : {}), ...asRecord(ours.agent) };
  if (Array.isArray(ours.instructions))
    joined.instructions = [...(Array.isArray(instructions) ? instructions : []), ...ours.instructions];
  return JSON.stringify(joined);
}

/** Rules apply in the order of their keys: ours go last. */
function joinRules(users: unknown, ours: unknown): object {
  const theirs = typeof users === "string" ? { "*": users } : asRecord(users);
  const own = asRecord(ours);
  return { ...Object.fromEntries(Object.entries(theirs).filter(([key]) => !(key in own))), ...own };
}

function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
