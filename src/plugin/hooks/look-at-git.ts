import type { Sighting } from "../../domain/checkpoint/changes.ts";
import type { Checkpoint } from "../../domain/checkpoint/checkpoint.ts";
import { readGitStatus } from "../../domain/checkpoint/git-state.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { gitStatus } from "../../system/places/git.ts";
import type { World } from "../world.ts";

/** A hook may not keep anybody waiting: in a huge repository the state of an earlier sighting has to do. */
const TIMEOUT_MS = 300;

/** As long as git takes in a repository of some thousand files. */
const SLOW_MS = 10;

/** A git that was slow is left alone for so many times as long: it gets a thousandth of the time, not more. */
const REST = 1000;

/** The state of git now, or nothing while git rests after a slow look; `mustLook` is for moments that are rare. */
export function lookAtGit(
  { project, env, now }: World,
  before: Checkpoint | undefined,
  { mustLook = false } = {},
): Pick<Sighting, "git" | "gitRestsUntil"> {
  const startMs = now().getTime();
  const isResting = Date.parse(before?.automatic?.gitRestsUntil ?? "") > startMs;
  if (isResting && !mustLook) return {};
  const output = gitStatus(project, env, TIMEOUT_MS);
  const endMs = now().getTime();
  const tookMs = endMs - startMs;
  return withoutUndefined({
    git: output === undefined ? undefined : readGitStatus(output),
    gitRestsUntil: tookMs > SLOW_MS ? new Date(endMs + tookMs * REST).toISOString() : undefined,
  });
}
