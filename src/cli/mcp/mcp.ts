import { Option } from "commander";
import { agents } from "../../agents/index.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { version } from "../../domain/version.ts";
import { defineCommand } from "../command.ts";
import { refuseTogether } from "../options.ts";
import { withCeiling } from "./ceiling-options.ts";
import { withMarksFromAbove } from "./inherited.ts";
import { installMcp, uninstallMcp } from "./install.ts";
import { runToolLine } from "./tool-line.ts";

interface McpFlags {
  maxAccess: string;
  readOnly?: boolean;
  alias?: string;
}

/** The commands in files of their own that the tools call. */
const CALLED = ["config", "cost", "gate", "search"];

export const mcpCommand = defineCommand({
  name: "mcp",
  summary: "serve the conversations to an agent as MCP tools",
  description:
    "Serves named conversations as tools of the Model Context Protocol, over standard input and output: an agent that is given this server asks other agents, in conversations that outlive it. A client starts this command; nobody types it. The end of the server, of a call or of the client ends no turn.",
  examples: [
    "agent-sessions mcp install --agent claude",
    "agent-sessions mcp --max-access full",
    "agent-sessions mcp --read-only",
  ],
  needsNoConfig: true,
  commands: [installMcp, uninstallMcp],
  options(command) {
    withCeiling(command).addOption(
      new Option(
        "--alias <server>",
        "offer the tools of a server that was removed, instead of ours: codex and codex-reply",
      ).choices(["codex"]),
    );
  },
  async run(io, { maxAccess, readOnly = false, alias }: McpFlags) {
    refuseTogether({ "--read-only": readOnly, "--alias": alias });
    if (io.terminal.isTyped)
      throw new AppError(
        "usage",
        "agent-sessions mcp is started by an MCP client, and speaks to no terminal.",
        {
          hint: "Give it to an agent: agent-sessions mcp install --agent claude",
        },
      );
    const around = { ...io.around, env: withMarksFromAbove(io.around.env, process.pid) };
    const { CODEX_ALIAS, READING_TOOLS, serve, TOOLS } = await import("../../mcp/serve.ts");
    setImmediate(() => io.loadCommands(CALLED));
    await serve({
      version,
      tools: alias === "codex" ? CODEX_ALIAS : readOnly ? READING_TOOLS : TOOLS,
      maxAccess,
      limitable: Object.values<Agent>(agents).flatMap(({ name, asksForAccess }) =>
        asksForAccess ? [] : [name],
      ),
      run: (line, caller) => runToolLine({ ...io, around }, line, caller),
    });
    return 0;
  },
});
