import { AppError } from "../domain/errors.ts";

/** Returns the `code` of a system error such as `ENOENT`, or undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const ADVICE: Record<string, string> = {
  EACCES: "Check who owns it and its mode, or choose another folder with AGENT_SESSIONS_HOME.",
  EPERM: "Check who owns it and its mode, or choose another folder with AGENT_SESSIONS_HOME.",
  EROFS: "Choose a folder on a writable file system with AGENT_SESSIONS_HOME.",
  ENOSPC: "Free some space on that file system, then run the command again.",
  EDQUOT: "Your disk quota is used up; free some space, then run the command again.",
  EMFILE: "The process has too many files open; raise `ulimit -n`.",
  ENOTDIR:
    "A file is where a folder should be; move it away, or choose another folder with AGENT_SESSIONS_HOME.",
  EISDIR: "A folder is where a file should be; move it away, then run the command again.",
  ELOOP:
    "There is a symbolic link in place of a file of agent-sessions; nothing is written through it. Remove the link.",
  ENAMETOOLONG: "Use a shorter name or folder.",
};

/** Turns a system error of reading or writing state into an `AppError` that names the path. */
export function stateError(error: unknown, action: "read" | "write", path: string): AppError {
  if (error instanceof AppError) return error;
  const errno = errnoOf(error);
  const code = action === "read" ? "state_unreadable" : "state_unwritable";
  const reason = errno ?? (error instanceof Error ? error.message : String(error));
  return new AppError(code, `Could not ${action} ${path}: ${reason}.`, {
    hint: errno === undefined ? undefined : ADVICE[errno],
    cause: error,
    facts: { path, errno: errno ?? null },
  });
}
