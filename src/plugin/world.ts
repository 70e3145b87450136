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

/** Whether checkpoints are written automatically. This is the only setting. */
export function isAutomatic({ env }: World): boolean {
  return !/^(off|0|no|false)$/i.test(env.SESSION_PERSIST ?? "");
}
