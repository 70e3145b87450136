import { join } from "node:path";
import type { Access } from "../../domain/agent/access.ts";
import type { Command } from "../../domain/agent/agent.ts";

const POLICY = "policy.toml";

/** The other tools do not exist for the model, including those of MCP servers. */
const ONLY_READ = `[[rule]]
toolName = "*"
decision = "deny"
priority = 998

[[rule]]
toolName = ["glob", "grep_search", "list_directory", "read_file"]
decision = "allow"
priority = 999
`;

const KEEP_MODE = `[[rule]]
toolName = ["enter_plan_mode", "exit_plan_mode"]
decision = "deny"
priority = 999
`;

/**
 * Returns the arguments of an access, and the file that they name. gemini 0.61.0 without a terminal lets the model leave
 * its plan mode, which it also enters from the other modes, and then allows everything: a mode alone keeps nobody from
 * writing.
 */
export function accessOf(access: Access, folder: string): Pick<Command, "args" | "files"> {
  const policy = join(folder, POLICY);
  switch (access) {
    case "read-only":
      // Gemini ignores --admin-policy where the machine has policies of its own, and then obeys --policy.
      return {
        args: ["--approval-mode=default", `--admin-policy=${policy}`, `--policy=${policy}`],
        files: { [POLICY]: ONLY_READ },
      };
    case "edit":
      return {
        args: ["--approval-mode=auto_edit", `--admin-policy=${policy}`],
        files: { [POLICY]: KEEP_MODE },
      };
    case "full":
      return { args: ["--approval-mode=yolo"] };
  }
}
