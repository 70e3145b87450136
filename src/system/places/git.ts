import { spawnSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What `git status` says of a folder, in its format for programs. Undefined outside of a repository, without
 * git, and where it takes too long: a huge repository must not hold up whoever asks.
 */
export function gitStatus(folder: string, env: Environment, timeoutMs: number): string | undefined {
  const args = ["--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z"];
  const { status, stdout } = runGit(folder, args, env, timeoutMs);
  return status === 0 ? stdout : undefined;
}

/** Whether a file came with the repository. `unknown` where there is one, and git gives no answer. */
export type Tracking = "tracked" | "untracked" | "unknown";

export function trackingOf(folder: string, path: string, env: Environment, timeoutMs = 2000): Tracking {
  const { status } = runGit(folder, ["ls-files", "--error-unmatch", "--", path], env, timeoutMs);
  if (status === 0) return "tracked";
  // Anything else than 1 is none: git is not there, took too long, or refuses a repository of another user.
  if (status === 1) return "untracked";
  return isInRepository(folder) ? "unknown" : "untracked";
}

function isInRepository(folder: string): boolean {
  if (lstatSync(join(folder, ".git"), { throwIfNoEntry: false }) !== undefined) return true;
  const parent = dirname(folder);
  return parent !== folder && isInRepository(parent);
}

/** The git variables of whoever started the agent, such as a git hook, would send us to another repository. */
const REPOSITORY_VARIABLES = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"];

/** Waits for it: the streams of an asynchronous child cost a short program more than git takes. */
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
