import { basename } from "node:path";
import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import { findExecutable, realFileOf } from "../../system/processes/executable.ts";
import type { Surroundings } from "../surroundings.ts";

/** What clients call the server. */
export const SERVER = "agent-sessions";

/** The access that the server allows where it is told none. */
export const DEFAULT_CEILING: Access = "edit";

export interface ServerFlags {
  maxAccess: string;
  isReadOnly: boolean;
}

/**
 * Returns the words that start the server: by its name where a shell would find this very program, else by the paths of
 * Node and of the program.
 */
export function serverWords(
  { env, cwd, program = [SERVER] }: Pick<Surroundings, "env" | "cwd" | "program">,
  { maxAccess, isReadOnly }: ServerFlags,
): string[] {
  const found = findExecutable(SERVER, env.PATH ?? "", cwd);
  // npx, and npm in a project, put such a folder on the PATH of what they start, and of nothing else.
  const isForAll = found !== undefined && !found.includes("/node_modules/.bin/");
  const isThis = isForAll && realFileOf(found) === program.at(-1);
  const ceiling = maxAccess === DEFAULT_CEILING ? [] : ["--max-access", maxAccess];
  return [...(isThis ? [SERVER] : program), "mcp", ...ceiling, ...(isReadOnly ? ["--read-only"] : [])];
}

/** Returns the words before `mcp` of what starts our server; undefined for those of any other server. */
export function programIn(words: readonly string[]): string[] | undefined {
  const at = words.indexOf("mcp");
  const file = basename(words[at - 1] ?? "");
  const isOurs = (at === 1 || at === 2) && /^(?:agent-sessions|tbc|cli\.cjs)$/.test(file);
  return isOurs ? words.slice(0, at) : undefined;
}

/** Returns the most that an agent may do that is asked over a server with these words. */
export function ceilingIn(words: readonly string[]): string {
  const given = words[words.indexOf("--max-access") + 1] ?? "";
  return (ACCESSES as readonly string[]).includes(given) ? given : DEFAULT_CEILING;
}
