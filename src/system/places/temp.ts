import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { isAbsolute, join, resolve } from "node:path";

/**
 * Returns the system's temporary folder as Python's `tempfile.gettempdir()` finds it, because the original
 * scripts keep their mapping files there: the first candidate in which a file can be created, written and
 * deleted. Node's `os.tmpdir()` uses another order, tests nothing and keeps relative values. With `onlyLooks`, nothing is
 * created either: the permissions decide.
 */
export function findTempRoot(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  onlyLooks = false,
): string {
  const candidates = [env.TMPDIR, env.TEMP, env.TMP, "/tmp", "/var/tmp", "/usr/tmp", cwd];
  for (const candidate of candidates) {
    if (candidate === undefined || candidate === "") continue;
    const folder = isAbsolute(candidate) ? resolve(candidate) : resolve(cwd, candidate);
    if (onlyLooks ? isWritable(folder) : isUsable(folder)) return folder;
  }
  return cwd;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

function isUsable(folder: string): boolean {
  const probe = join(folder, `.agent-sessions-probe-${process.pid}-${process.hrtime.bigint().toString(36)}`);
  try {
    const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
    const descriptor = openSync(probe, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
    try {
      writeSync(descriptor, "probe");
    } finally {
      closeSync(descriptor);
      unlinkSync(probe);
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the folder of the mapping files below the temporary folder. `agent-sessions` is the original
 * scripts' folder; if another user created it first, the name of ours ends with our user id.
 */
export function findViewRoot(tempRoot: string, uid: number): string {
  const shared = join(tempRoot, "agent-sessions");
  try {
    const found = lstatSync(shared);
    if (!found.isDirectory() || found.uid !== uid) return join(tempRoot, `agent-sessions-${uid}`);
  } catch {
    // It does not exist yet: this user will be the first to create it.
  }
  return shared;
}
