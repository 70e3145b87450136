import { spawnSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the output of `git status` for a folder, in its format for programs. Undefined outside of a
 * repository, without git, and after `timeoutMs`: a huge repository must not delay the caller.
 */
export function gitStatus(folder: string, env: Environment, timeoutMs: number): string | undefined {
  const args = ["--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z"];
  const { status, stdout } = runGit(folder, args, env, timeoutMs);
  return status === 0 ? stdout : undefined;
}

/**
 * Whether a file is part of the repository. `unknown` where there is a repository, but git gives no answer.
 */
export type Tracking = "tracked" | "untracked" | "unknown";

export function trackingOf(folder: string, path: string, env: Environment, timeoutMs = 2000): Tracking {
  const { status } = runGit(folder, ["ls-files", "--error-unmatch", "--", path], env, timeoutMs);
  if (status === 0) return "tracked";
  // Any other exit code is no answer: git is missing, took too long, or refuses a repository of another user.
  if (status === 1) return "untracked";
  return isInRepository(folder) ? "unknown" : "untracked";
}

function isInRepository(folder: string): boolean {
  if (lstatSync(join(folder, ".git"), { throwIfNoEntry: false }) !== undefined) return true;
  const parent = dirname(folder);
  return parent !== folder && isInRepository(parent);
}

/**
 * The agent's caller, such as a git hook, may have set these variables: they would point git to another
 * repository.
 */
const REPOSITORY_VARIABLES = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"];

/** Synchronous: the streams of an asynchronous child cost a short program more time than git itself. */
function runGit(folder: string, args: string[], env: Environment, timeoutMs: number) {
  const own = Object.fromEntries(
    Object.entries(env).filter(([name]) => !REPOSITORY_VARIABLES.includes(name)),
  );
  return spawnSync("git", args, {
    cwd: folder,
    env: own,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 8 * 1024 * 1024,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** Returns the address of the remote that a repository came from; undefined if it has none. */
export function remoteOf(folder: string, env: Environment): string | undefined {
  const { status, stdout } = runGit(folder, ["config", "--get", "remote.origin.url"], env, 2_000);
  return status === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
}
