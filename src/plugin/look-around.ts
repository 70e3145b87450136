import type { GitState } from "../domain/checkpoint/checkpoint.ts";
import { readGitStatus } from "../domain/checkpoint/git-state.ts";
import { gitStatus } from "../system/git-status.ts";
import type { World } from "./hook-input.ts";

/** A hook may not keep anybody waiting: in a huge repository the state of an earlier sighting has to do. */
const GIT_TIMEOUT_MS = 300;

export function lookAtGit({ project, env }: World): GitState | undefined {
  const output = gitStatus(project, env, GIT_TIMEOUT_MS);
  return output === undefined ? undefined : readGitStatus(output);
}
