import { join } from "node:path";
import { REPOSITORY } from "../environment.ts";
import { type RunResult, run } from "../run.ts";
import type { RealCli } from "./real-cli.ts";

/** How the server is started. */
export const SERVER = [process.execPath, join(REPOSITORY, "dist/cli.cjs"), "mcp"];

interface Asked {
  env?: Record<string, string>;
  /** Options of our server. */
  flags?: readonly string[];
  /** Options of the client. */
  args?: readonly string[];
  /** After how long the client gives a call up. */
  limitMs?: number;
}

/** How a client is asked something, and what the model calls our tools there. */
export interface McpClient {
  tool(name: string): string;
  argv(cli: RealCli, asked: Asked): string[];
}

const claude: McpClient = {
  tool: (name) => `mcp__agent-sessions__${name}`,
  argv(_cli, { flags = [], args = [], limitMs: timeout }) {
    const [command, ...rest] = [...SERVER, ...flags];
    const config = { mcpServers: { "agent-sessions": { command, args: rest, timeout } } };
    const options = ["--mcp-config", JSON.stringify(config), "--allowedTools", "mcp__agent-sessions"];
    return ["claude", "-p", "--output-format", "json", ...args, ...options];
  },
};

const codex: McpClient = {
  tool: (name) => `mcp__agent_sessions__${name}`,
  argv({ env }, { flags = [], args = [], limitMs }) {
    const [command, ...rest] = [...SERVER, ...flags];
    const key = "mcp_servers.agent-sessions";
    const settings = {
      [`${key}.command`]: command,
      [`${key}.args`]: rest,
      // Codex gives its servers nothing of its environment but what it is told to.
      [`${key}.env_vars`]: Object.keys(env),
      [`${key}.default_tools_approval_mode`]: "approve",
      // Else it asks the model before the server has started.
      [`${key}.required`]: true,
      [`${key}.startup_timeout_sec`]: 60,
      ...(limitMs === undefined ? {} : { [`${key}.tool_timeout_sec`]: limitMs / 1_000 }),
    };
    const options = Object.entries(settings).flatMap(([name, value]) => [
      "-c",
      `${name}=${JSON.stringify(value)}`,
    ]);
    return ["codex", "exec", "--json", ...options, ...args, "-"];
  },
};

const copilot: McpClient = {
  tool: (name) => `agent-sessions-${name}`,
  argv({ env }, { flags = [], args = [], limitMs: timeout }) {
    const [command, ...rest] = [...SERVER, ...flags];
    // Copilot 1.0.102 keeps keys from its servers, and so from the agents that they start.
    const keys = { ANTHROPIC_API_KEY: env.ANTHROPIC_API_KEY };
    const local = { type: "local", command, args: rest, tools: ["*"], env: keys, timeout };
    const config = { mcpServers: { "agent-sessions": local } };
    const options = ["--additional-mcp-config", JSON.stringify(config), "--allow-all-tools"];
    return ["copilot", "--output-format=json", ...args, ...options];
  },
};

export const CLIENTS = { claude, codex, copilot };

/** Asks a client something, in a process of its own. */
export function askClient(
  cli: RealCli,
  name: keyof typeof CLIENTS,
  prompt: string,
  asked: Asked = {},
): Promise<RunResult> {
  const { workspace: cwd, env } = cli;
  return run(CLIENTS[name].argv(cli, asked), { cwd, env: { ...env, ...asked.env }, input: prompt });
}
