import type { CheckpointAgent } from "../domain/checkpoint/checkpoint.ts";
import type { Project } from "../stores/project/folder.ts";

/** What a hook receives besides its input. */
export interface World {
  agent: CheckpointAgent;
  /** The folder that the agent works in. */
  project: string;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
}

export function projectOf({ project, env }: World): Project {
  return { folder: project, env };
}

/** Whether a user sees the output of hooks; `claude -p` does not show it. */
export function isAttended({ agent, env }: World): boolean {
  return agent === "claude" && env.CLAUDE_CODE_ENTRYPOINT === "cli";
}

/** Whether checkpoints are written automatically. This is the only setting. */
export function isAutomatic({ env }: World): boolean {
  return !/^(off|0|no|false)$/i.test(env.SESSION_PERSIST ?? "");
}
