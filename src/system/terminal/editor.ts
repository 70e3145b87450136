import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What came of a text that was to be written in an editor. */
export interface Edited {
  /** Why there is no text: the editor could not be started, or how it failed. */
  problem?: string;
  /** What was saved, without the end of its last line; empty if nothing was. */
  text: string;
  /** Where it is until `discard`. */
  path: string;
  discard(): void;
}

/**
 * Lets a person write a text in an editor, in a new file that only this user can read. The editor gets the terminal;
 * this process waits until it has exited.
 *
 * @throws the errors of mkdtemp(3) and open(2)
 */
export function editText(
  [file = "", ...args]: readonly string[],
  { env, temp }: { env: Readonly<Record<string, string | undefined>>; temp: string },
): Edited {
  // 0700, whatever the umask is.
  const folder = mkdtempSync(join(temp, "agent-sessions-prompt-"));
  const discard = () => rmSync(folder, { recursive: true, force: true });
  // Editors know by the name that this is Markdown.
  const path = join(folder, "prompt.md");
  // The keys of a terminal reach both processes; what they mean is the editor's affair.
  const ignore = () => undefined;
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, ignore);
  try {
    closeSync(openSync(path, "wx", 0o600));
    const { error, status, signal } = spawnSync(file, [...args, path], { env, stdio: "inherit" });
    const problem =
      error !== undefined
        ? `could not be started (${"code" in error ? error.code : error.message})`
        : signal !== null
          ? `was ended by ${signal}`
          : status !== 0
            ? `has failed (exit code ${status})`
            : undefined;
    const text = textOf(path).replace(/\r?\n$/, "");
    return { text, path, discard, ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    discard();
    throw error;
  } finally {
    for (const signal of ["SIGINT", "SIGQUIT"] as const) process.off(signal, ignore);
  }
}

/** Empty also where the editor has deleted the file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
