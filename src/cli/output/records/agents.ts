import { type InstalledAgent, versionIn } from "../../../app/tell/agents.ts";

export function agentsRecord(installed: readonly InstalledAgent[]) {
  return {
    type: "agent_sessions.agents",
    agents: installed.map((one) => {
      const { name, title, can, costs, promptLimitBytes, roleLimitBytes } = one.agent;
      return {
        name,
        title,
        path: one.path ?? null,
        version: one.versionLine === undefined ? null : versionIn(one),
        problem: one.problem ?? null,
        can: {
          fork: can.fork !== false,
          efforts: can.efforts,
          role: roleLimitBytes > 0,
          change_role: can.changeRole,
          schema: can.schema,
          access: can.access,
          forget: can.forget,
          rewind: can.rewind,
          choose_id: can.chooseId,
        },
        costs,
        prompt_limit_bytes: promptLimitBytes,
        role_limit_bytes: roleLimitBytes,
      };
    }),
  };
}
