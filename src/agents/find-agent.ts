import type { Agent } from "../domain/agent/agent.ts";
import { isOwnAgentName } from "../domain/config/own-agents.ts";
import { AppError } from "../domain/errors.ts";

/** @throws AppError `usage` when there is no agent of that name in the table. */
export function findAgentIn(table: Readonly<Record<string, Agent>>, name: string): Agent {
  const agent = Object.hasOwn(table, name) ? table[name] : undefined;
  if (agent !== undefined) return agent;
  const others = Object.hasOwn(table, "acp") ? `   ${howToDefine(name)}` : "";
  throw new AppError("usage", `Unknown agent ${JSON.stringify(name)}.`, {
    hint: `Known agents: ${Object.keys(table).join(", ")}.${others}`,
  });
}

/** An agent that nobody has built in can be used if it speaks ACP. */
function howToDefine(name: string): string {
  const shown = isOwnAgentName(name) ? name : "NAME";
  return `If it speaks ACP, define it in your settings file (agent-sessions config edit): [agents.${shown}] acp = "${shown} acp"`;
}
