import { spawnSync } from "node:child_process";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What `git status` says of a folder, in its format for programs. Undefined outside of a repository, without
 * git, and where it takes too long: a huge repository must not hold up whoever asks.
 */
export function gitStatus(folder: string, env: Environment, timeoutMs: number): string | undefined {
  const args = ["--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z"];
  return runGit(folder, args, env, timeoutMs);
}

/** Whether git tracks a file, which then came with the repository. */
export function isTracked(folder: string, path: string, env: Environment, timeoutMs: number): boolean {
  return runGit(folder, ["ls-files", "--error-unmatch", "--", path], env, timeoutMs) !== undefined;
}

/** The git variables of whoever started the agent, such as a git hook, would send us to another repository. */
const REPOSITORY_VARIABLES = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"];

/** Waits for it: the streams of an asynchronous child cost a short program more than git takes. */
function runGit(folder: string, args: string[], env: Environment, timeoutMs: number): string | undefined {
  const own = Object.fromEntries(
    Object.entries(env).filter(([name]) => !REPOSITORY_VARIABLES.includes(name)),
  );
  const { status, stdout } = spawnSync("git", args, {
    cwd: folder,
    env: own,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 8 * 1024 * 1024,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? stdout : undefined;
}
