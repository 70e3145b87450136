import type { Access } from "../../domain/agent/access.ts";
import type { TurnRequest, WindowRequest } from "../../domain/agent/agent.ts";
import type { SandboxMode } from "./app-server/settings.ts";
import { tomlString } from "./toml.ts";

export const SANDBOXES: Record<Access, SandboxMode> = {
  "read-only": "read-only",
  edit: "workspace-write",
  full: "danger-full-access",
};

/** codex 0.169.0: only `exec` knows this option; a window asks the user whether it may run in the folder. */
export const ANY_FOLDER = "--skip-git-repo-check";

/** Returns the arguments that turns and windows share. */
export function settingArgs({ model, effort, role, access }: TurnRequest | WindowRequest): string[] {
  const args: string[] = [];
  if (model !== undefined) args.push("--model", model);
  if (effort !== undefined) args.push("-c", `model_reasoning_effort=${tomlString(effort)}`);
  args.push(...roleArgs(role));
  if (access !== undefined) args.push("--sandbox", SANDBOXES[access]);
  return args;
}

/** codex 0.169.0 keeps the role of the first turn in the thread and ignores later ones. */
export function roleArgs(role: TurnRequest["role"]): string[] {
  return role === undefined ? [] : ["-c", `developer_instructions=${tomlString(role.text)}`];
}
