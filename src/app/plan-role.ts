import type { Agent } from "../domain/agent.ts";
import { runBriefly } from "../system/run-briefly.ts";
import type { Context } from "./context.ts";
import type { PlannedTurn } from "./plan-turn.ts";

/** What is kept of the role of a conversation. */
export interface KeptRole {
  roleText?: string | undefined;
  isRoleChanged?: boolean | undefined;
}

/** Claude 2.1.329 takes 0.3 s for its help; a laptop that has just woken up takes longer. */
const PROBE_MS = 10_000;

/**
 * The role of a turn, and whether the agent has to be told that it was changed since the conversation began. Only
 * then is the installation asked, since versions differ; one that gives no answer is taken for a new one.
 */
export async function planRole(
  context: Context,
  agent: Agent,
  kept: KeptRole | undefined,
  launcher: readonly string[],
  cwd: string,
): Promise<Pick<PlannedTurn, "roleText" | "isRoleChanged" | "isRoleFrozen">> {
  const { roleText, isRoleChanged = false } = kept ?? {};
  const role = roleText === undefined ? {} : { roleText };
  const { roleChange } = agent;
  if (!isRoleChanged || roleChange === undefined) return role;
  const [file = agent.executable, ...args] = launcher;
  const { end, code, stdout } = await runBriefly(file, [...args, ...roleChange.args], {
    cwd,
    env: context.env,
    timeoutMs: PROBE_MS,
  });
  const hasAnswered = end === "exit" && code === 0 && stdout !== "";
  return { ...role, isRoleChanged, isRoleFrozen: !hasAnswered || roleChange.isFrozen(stdout) };
}
