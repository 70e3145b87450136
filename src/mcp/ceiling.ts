import { ACCESSES } from "../domain/agent/access.ts";
import type { LineError, ToolCall } from "./tool.ts";

/** What an agent may do that was asked for over this server, as options of the command line; or why it is refused. */
export type Allowed = { argv: readonly string[]; isLowered?: true } | { error: LineError };

/**
 * Keeps the access of a turn below the ceiling of the server. Below `full`, the access is always given, because without
 * one the settings of the agent would decide.
 *
 * @param remembered the access that the conversation has; undefined for a new one and for one that has none
 */
export function allowedAccess(
  { args, maxAccess }: Pick<ToolCall, "args" | "maxAccess">,
  remembered: string | undefined,
): Allowed {
  const { access } = args;
  const wanted = typeof access === "string" ? access : undefined;
  if (maxAccess === "full") return { argv: wanted === undefined ? [] : ["--access", wanted] };
  if (wanted !== undefined && rank(wanted) > rank(maxAccess)) {
    const message = `The access ${JSON.stringify(wanted)} is above what this server allows, which is ${JSON.stringify(maxAccess)}.`;
    const hint = `Ask for ${JSON.stringify(maxAccess)}. Only a person can start the server with more: agent-sessions mcp --max-access ${wanted}`;
    return { error: { code: "usage", message, hint } };
  }
  if (wanted !== undefined) return { argv: ["--access", wanted] };
  const isLowered = remembered !== undefined && rank(remembered) > rank(maxAccess);
  const access_ = isLowered ? maxAccess : (remembered ?? ACCESSES[0]);
  return { argv: ["--access", access_], ...(isLowered ? { isLowered } : {}) };
}

function rank(access: string): number {
  return (ACCESSES as readonly string[]).indexOf(access);
}
