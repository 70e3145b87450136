import { readFileSync } from "node:fs";

/** Says to a program that was started anew who did it, so that it is not done twice. */
export const STARTED_ANEW = "AGENT_SESSIONS_STARTED_ANEW";

export interface Start {
  /** The words behind the script. */
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  parent: number;
  /** What this process was started with, as far as it can be seen: Node may have been told to change its title. */
  commandLine(): readonly string[];
}

/**
 * Whether Node has taken our `--env-file` for its own and found a `NODE_OPTIONS` in it, which then rules this process
 * and not the agent's. Node 20 does so also behind the script, unless two dashes stand before it; nothing else of the
 * file has an effect there (20.20.2).
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
