import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const ENDING = ["SIGTERM", "SIGHUP"] as const;

/** What came of a text that was to be written in an editor. */
export interface Edited {
  /** Why there is no text: the editor could not be started, or how it failed. */
  problem?: string;
  /** What was saved, without the end of its last line; empty if nothing was. */
  text: string;
  /** The signal to end that this process got meanwhile; the editor got it too. */
  endedBy?: NodeJS.Signals;
  /** Where it is until `discard`. */
  path: string;
  discard(): void;
}

/**
 * Lets a person write a text in an editor, in a new file that only this user can read. The editor gets the terminal;
 * this process waits until it has exited. Resolves also if a signal is to end this process, so that it can tell where the
 * text is.
 *
 * @throws the errors of mkdtemp(3) and open(2)
 */
export async function editText(
  [file = "", ...args]: readonly string[],
  { env, temp }: { env: Readonly<Record<string, string | undefined>>; temp: string },
): Promise<Edited> {
  // 0700, whatever the umask is.
  const folder = mkdtempSync(join(temp, "agent-sessions-prompt-"));
  const discard = () => rmSync(folder, { recursive: true, force: true });
  // Editors know by the name that this is Markdown.
  const path = join(folder, "prompt.md");
  // The keys of a terminal reach both processes; what they mean is the editor's affair.
  const ignore = () => undefined;
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, ignore);
  const endBy = (signal: NodeJS.Signals) => {
    endedBy = signal;
    child?.kill(signal);
  };
  for (const signal of ENDING) process.on(signal, endBy);
  let child: ChildProcess | undefined;
  let endedBy: NodeJS.Signals | undefined;
  try {
    closeSync(openSync(path, "wx", 0o600));
    child = spawn(file, [...args, path], { env: { ...env }, stdio: "inherit" });
    const problem = await problemOf(child);
    const text = textOf(path).replace(/\r?\n$/, "");
    return {
      text,
      path,
      discard,
      ...(problem === undefined ? {} : { problem }),
      ...(endedBy === undefined ? {} : { endedBy }),
    };
  } catch (error) {
    discard();
    throw error;
  } finally {
    for (const signal of ["SIGINT", "SIGQUIT"] as const) process.off(signal, ignore);
    for (const signal of ENDING) process.off(signal, endBy);
  }
}

/** Resolves when the editor has exited, or could not be started; undefined if all is well. */
function problemOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(`could not be started (${error.code ?? error.message})`),
    );
    child.once("exit", (status, signal) => {
      if (signal !== null) resolve(`was ended by ${signal}`);
      else resolve(status === 0 ? undefined : `has failed (exit code ${status})`);
    });
  });
}

/** Empty also where the editor has deleted the file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
