import { ACCESSES } from "../domain/agent/access.ts";
import type { Known } from "./known.ts";
import type { LineError, ToolCall } from "./tool.ts";

/** What an agent may do that was asked for over this server, as options of the command line; or why it is refused. */
export type Allowed = { argv: readonly string[]; isLowered?: true } | { error: LineError };

/**
 * Keeps the access of a turn below the ceiling of the server. Below `full`, the access is always given, because without
 * one the settings of the agent would decide; and no arguments may go with it that a person has set for the agent,
 * because what they allow can't be told.
 *
 * @param known what the turn would take from its conversation or from settings
 */
export function allowedAccess(
  {
    args,
    maxAccess,
    limitable,
    server = "agent-sessions mcp",
  }: Pick<ToolCall, "args" | "maxAccess" | "limitable"> & {
    /** The command that starts the server. */
    server?: string;
  },
  { agent, access: remembered, agentArgs, failure }: Known,
): Allowed {
  const { access } = args;
  const wanted = typeof access === "string" ? access : undefined;
  if (maxAccess === "full") return { argv: wanted === undefined ? [] : ["--access", wanted] };
  if (wanted !== undefined && rank(wanted) > rank(maxAccess)) {
    const message = `The access ${JSON.stringify(wanted)} is above what this server allows, which is ${JSON.stringify(maxAccess)}.`;
    const hint = `Ask for ${JSON.stringify(maxAccess)}. Only a person can start the server with more: ${server} --max-access ${wanted}`;
    return { error: { code: "usage", message, hint } };
  }
  if (failure !== undefined) return { error: failure };
  if (agent !== undefined && !limitable.includes(agent)) {
    const message = `There is no agent ${JSON.stringify(agent)} that can be kept to ${JSON.stringify(maxAccess)}.`;
    return { error: { code: "unsupported", message, hint: `These can: ${limitable.join(", ")}.` } };
  }
  if (agentArgs.length > 0) {
    const given = JSON.stringify(agentArgs.join(" "));
    const message = `This conversation starts its agent with arguments of its own, ${given}, which may allow it more than ${JSON.stringify(maxAccess)}.`;
    const hint = `Take another name. Only a person can start the server with more: ${server} --max-access full`;
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
