import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { realAgents } from "../../test/support/loopback/real-agents.ts";
import type { Acpx } from "../find-acpx.ts";
import type { NamingTool } from "./tool.ts";

/** acpx with its agent for Claude Code, which is told to start the very claude that all others start. */
export function acpxTool({ argv, node }: Acpx, path: string): NamingTool {
  // Without `quiet`, its output holds more than the answer.
  const claude = (...words: string[]) => [...argv, "--format", "quiet", "claude", ...words];
  return {
    key: "theirs",
    title: "acpx",
    extraEnvironment: {
      CLAUDE_CODE_EXECUTABLE: realpathSync(realAgents().claude),
      PATH: `${dirname(node)}:${path}`,
    },
    begin: (name, prompt) => [claude("sessions", "new", "--name", name), claude("-s", name, prompt)],
    say: (name, prompt) => claude("-s", name, prompt),
    once: (prompt) => claude("exec", prompt),
    queue: (name, prompt) => claude("-s", name, "--no-wait", prompt),
    // It keeps its agent for five minutes unless it is told otherwise.
    sayWarm: (name, prompt) => claude("-s", name, prompt),
    // Without `--local`, it starts the agent and asks that.
    list: () => claude("sessions", "list", "--local"),
    status: (name) => claude("status", "-s", name),
    removeCopies: () => undefined,
  };
}
