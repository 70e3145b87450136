import { codexPath, installInCodex, readCodexFile, uninstallFromCodex } from "./codex-file.ts";
import { takeApart, wordsOf } from "./codex-table.ts";
import { entryIn, installByCommand, OWN_COMMANDS, uninstallByCommand } from "./own-commands.ts";
import type { Done, Installation, Refused, Registration } from "./registration.ts";
import { ceilingIn, programIn, SERVER } from "./server-words.ts";

/** Gives an agent the MCP server. What is there already stays; with other words it is replaced. */
export async function install(request: Installation): Promise<Done | Refused> {
  const { name } = request.agent;
  return name === "codex"
    ? installInCodex(request)
    : installByCommand({ ...request, commands: OWN_COMMANDS[name] });
}

/** Takes the server from an agent. */
export async function uninstall(request: Registration): Promise<Done | Refused> {
  const { name } = request.agent;
  if (name !== "codex") {
    const commands = OWN_COMMANDS[name];
    return uninstallByCommand({ ...request, commands, entry: entryIn(commands, request) });
  }
  const done = uninstallFromCodex(request);
  if (done !== "by command") return done;
  const found = lookAt(request);
  const entry = { words: found?.words ?? [], isPlain: false };
  return uninstallByCommand({
    ...request,
    commands: { remove: ["mcp", "remove", SERVER], path: codexPath },
    entry,
  });
}

/** Our server as an agent has it. */
export interface Found {
  path: string;
  words: string[];
  /** The words that start the program. */
  program: string[];
  /** The access above which nothing is asked over it. */
  maxAccess: string;
  /** What keeps it from being changed by these commands. */
  problem?: string;
}

/** Returns our server as an agent has it; undefined if it has none, or one of the same name that is not ours. */
export function lookAt(request: Registration): Found | undefined {
  const { name } = request.agent;
  if (name !== "codex") {
    const commands = OWN_COMMANDS[name];
    return foundIn(commands.path(request), entryIn(commands, request)?.words ?? []);
  }
  const path = codexPath(request);
  const found = readCodexFile(request);
  if (found === undefined || "refused" in found) return undefined;
  const apart = takeApart(found.text, request.parse);
  if (apart.state === "whole")
    return apart.entry === undefined ? undefined : foundIn(path, wordsOf(apart.entry));
  // A file that is broken without a word of ours is a matter of Codex alone.
  const isOurs = apart.state === "torn" || /# (?:>>>|<<<) agent-sessions mcp /.test(found.text);
  const problem = apart.state === "torn" ? "the block of agent-sessions is not as it was written" : apart.why;
  return isOurs
    ? { path, words: [], program: [], maxAccess: "", problem: `line ${apart.line}: ${problem}` }
    : undefined;
}

function foundIn(path: string, words: string[]): Found | undefined {
  const program = programIn(words);
  return program && { path, words, program, maxAccess: ceilingIn(words) };
}
