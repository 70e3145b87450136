import { readFileSync } from "node:fs";

/** Holds the PID of the process that restarted this program, so that the program is not restarted again. */
export const STARTED_ANEW = "AGENT_SESSIONS_STARTED_ANEW";

export interface Start {
  /** The arguments after the script. */
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  parent: number;
  /**
   * The command line of this process, as far as it is visible: Node may have been told to change the process
   * title.
   */
  commandLine(): readonly string[];
}

/**
 * Whether Node has read our `--env-file` as its own option and found `NODE_OPTIONS` in the file.
 * `NODE_OPTIONS` then controls this process instead of the agent's. Node 20 also does this for an option
 * after the script, unless two dashes come before the script; nothing else in the file has an effect there
 * (20.20.2).
 */
export function isRuledByEnvFile({ args, env, parent, commandLine }: Start): boolean {
  const files = envFilesOf(args);
  if (files.length === 0 || env[STARTED_ANEW] === String(parent)) return false;
  const words = commandLine();
  const isSeen = args.every((arg, at) => words.at(at - args.length) === arg);
  if (isSeen && words.at(-args.length - 2) === "--") return false;
  return files.some(hasNodeOptions);
}

function envFilesOf(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const words = end === -1 ? args : args.slice(0, end);
  return words.flatMap((word, at) => {
    if (word.startsWith("--env-file=")) return [word.slice("--env-file=".length)];
    const next = words[at + 1];
    return word === "--env-file" && next !== undefined ? [next] : [];
  });
}

function hasNodeOptions(path: string): boolean {
  try {
    return /^\s*(?:export\s+)?NODE_OPTIONS\s*=/m.test(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
}
