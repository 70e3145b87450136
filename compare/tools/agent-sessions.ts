import { agentSessions } from "../../bench/command.ts";
import { removeCopies } from "../../test/support/cli/remove-copies.ts";
import type { NamingTool } from "./tool.ts";

export const ours: NamingTool = {
  key: "ours",
  title: "agent-sessions",
  extraEnvironment: {},
  begin: (name, prompt) => [agentSessions("create", name, "--agent", "claude", prompt)],
  say: (name, prompt) => agentSessions("send", name, prompt),
  once: (prompt) => agentSessions("once", "--agent", "claude", prompt),
  queue: (name, prompt) => agentSessions("send", name, "--detach", prompt),
  sayWarm: (name, prompt) => agentSessions("send", name, "--keep-warm", "5m", prompt),
  list: () => agentSessions("list"),
  status: (name) => agentSessions("status", name),
  removeCopies,
};
