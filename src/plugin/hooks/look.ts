import type { Sighting } from "../../domain/checkpoint/changes.ts";
import type { Checkpoint, Todo } from "../../domain/checkpoint/checkpoint.ts";
import { readGitStatus } from "../../domain/checkpoint/git-state.ts";
import { todosAfter } from "../../domain/checkpoint/todos.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { readTail } from "../../system/lines/read.ts";
import { gitStatus } from "../../system/places/git.ts";
import type { World } from "../world.ts";

/** A hook must not make the user wait: for a huge repository, the git state of an earlier hook is used. */
const TIMEOUT_MS = 300;

/** About as long as git takes in a repository of some thousand files. A longer run counts as slow. */
const SLOW_MS = 10;

/**
 * After a slow run, git is not run for this many times its duration: it gets at most a thousandth of the
 * time.
 */
const REST = 1000;

/**
 * Returns the git state, or nothing while git rests after a slow run; `mustLook`, for rare moments, ignores
 * the rest.
 */
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

const TAIL_BYTES = 512 * 1024;

/**
 * Returns the to-dos at the end of a transcript, given the earlier ones; undefined if the transcript mentions
 * none.
 */
export function latestTodos(path: string | undefined, before: readonly Todo[] = []): Todo[] | undefined {
  if (path === undefined) return undefined;
  try {
    return todosAfter(
      Array.from(readTail(path, TAIL_BYTES), (line) => line.toString("utf8")),
      before,
    );
  } catch {
    // To-dos are optional: everything else is saved and restored without them.
    return undefined;
  }
}
