import { join } from "node:path";
import { parseJson } from "../../domain/parse-json.ts";
import { quoteWords } from "../../domain/words.ts";
import { isThere } from "../../system/files/links.ts";
import { readOwned } from "../../system/files/owned.ts";
import { runBriefly } from "../../system/processes/briefly.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import { type Done, type Installation, type Refused, type Registration, refuse } from "./registration.ts";
import { programIn, SERVER, serverWords } from "./server-words.ts";

/** Copilot 1.0.102 first unpacks itself, once. */
const TIMEOUT_MS = 120_000;
const MOST_BYTES = 67_108_864;

/** How a client is told of a server by a command of its own, and where it keeps what it was told. */
interface OwnCommands {
  add(words: readonly string[]): string[];
  remove: readonly string[];
  /** The JSON file that has the key `mcpServers`. */
  path(request: Pick<Registration, "agent" | "around">): string;
  /** What an entry has besides its words when it was made by `add`. */
  plain: Record<string, unknown>;
}

/** Seen in claude 2.1.332 and copilot 1.0.102. Both refuse to add a name that is there. */
export const OWN_COMMANDS: Record<"claude" | "copilot", OwnCommands> = {
  claude: {
    add: (words) => ["mcp", "add", "--scope", "user", SERVER, "--", ...words],
    remove: ["mcp", "remove", "--scope", "user", SERVER],
    path({ agent, around: { env } }) {
      // The file of earlier versions, where there is one.
      const earlier = join(agent.configFolder?.(env) ?? "/", ".config.json");
      return isThere(earlier) ? earlier : join(env.CLAUDE_CONFIG_DIR || env.HOME || "/", ".claude.json");
    },
    plain: { type: "stdio", env: {} },
  },
  copilot: {
    add: (words) => ["mcp", "add", SERVER, "--", ...words],
    remove: ["mcp", "remove", SERVER],
    path: ({ agent, around }) => join(agent.configFolder?.(around.env) ?? "/", "mcp-config.json"),
    plain: { type: "local", tools: ["*"] },
  },
};

/** A server that a client has. */
export interface Entry {
  words: string[];
  /** Whether it has nothing that `add` would not give it again. */
  isPlain: boolean;
}

/** Returns the server of our name in the file of a client; undefined if it has none, or can't be read. */
export function entryIn(commands: OwnCommands, request: Pick<Registration, "agent" | "around">) {
  const wanted = { uid: request.around.uid, mostBytes: MOST_BYTES, mayBeLink: true };
  const found = readOwned(commands.path(request), wanted);
  if (found === undefined || "refused" in found) return undefined;
  const servers = fieldOf(parseJson(found.text), "mcpServers");
  return asEntry(fieldOf(servers, SERVER), commands.plain);
}

export async function installByCommand(
  request: Installation & { commands: OwnCommands },
): Promise<Done | Refused> {
  const { agent, around, commands, flags, onlyShows } = request;
  const path = commands.path(request);
  const words = serverWords(around, flags);
  const entry = entryIn(commands, request);
  if (entry !== undefined && isSame(entry.words, words)) return { state: "already_installed", path, words };
  if (entry !== undefined && !(entry.isPlain && programIn(entry.words) !== undefined))
    return refuse(
      "usage",
      `${agent.title} has a server ${SERVER} already, which is not what this command writes.`,
      {
        hint: `See it in ${path}   Remove it with: ${lineOf(agent, commands.remove)}   Then install again.`,
        facts: { path },
      },
    );
  const lines = [...(entry === undefined ? [] : [commands.remove]), commands.add(words)];
  const done: Done = {
    state: entry === undefined ? "installed" : "replaced",
    path,
    words,
    commands: lines.map((line) => [agent.executable, ...line]),
  };
  if (onlyShows) return done;
  for (const line of lines) {
    const refused = await runOwn(request, line);
    if (refused === undefined) continue;
    // Nobody is left without the server that was there before.
    const isLost = entry !== undefined && entryIn(commands, request) === undefined;
    if (isLost) await runOwn(request, commands.add(entry.words));
    return refused;
  }
  const now = entryIn(commands, request);
  if (now !== undefined && isSame(now.words, words)) return done;
  return refuse(
    "agent_failed",
    `${agent.title} has said that it has added the server, and ${path} has none.`,
    {
      hint: `See what it has with: ${agent.executable} mcp list`,
      facts: { path },
    },
  );
}

/** @param entry what is known to be there; Codex keeps it in another form */
export async function uninstallByCommand(
  request: Registration & { commands: Pick<OwnCommands, "remove" | "path">; entry: Entry | undefined },
): Promise<Done | Refused> {
  const { agent, commands, entry, onlyShows } = request;
  const path = commands.path(request);
  if (entry === undefined) return { state: "not_installed", path, words: [] };
  const { words } = entry;
  if (programIn(words) === undefined)
    return refuse("usage", `The server ${SERVER} of ${agent.title} is not agent-sessions.`, {
      hint: `Remove it with: ${lineOf(agent, commands.remove)}`,
      facts: { path },
    });
  const done: Done = { state: "removed", path, words, commands: [[agent.executable, ...commands.remove]] };
  if (onlyShows) return done;
  return (await runOwn(request, commands.remove)) ?? done;
}

async function runOwn(
  { agent, around }: Pick<Registration, "agent" | "around">,
  args: readonly string[],
): Promise<Refused | undefined> {
  const { env, cwd } = around;
  const file = findExecutable(agent.executable, env.PATH ?? "", cwd);
  const line = lineOf(agent, args);
  if (file === undefined)
    return refuse(
      "agent_missing",
      `${agent.title} is not installed: there is no ${agent.executable} on PATH.`,
      {
        hint: agent.installHint,
      },
    );
  const ran = await runBriefly(file, args, { cwd, env, timeoutMs: TIMEOUT_MS, readsErrors: true });
  if (ran.end === "exit" && ran.code === 0) return undefined;
  const how =
    ran.end === "timeout" ? `did not end in ${TIMEOUT_MS / 1000} s` : `failed with ${ran.code ?? "no code"}`;
  const said = (ran.stderr.trim() || ran.stdout.trim()).split("\n")[0] ?? "";
  return refuse("agent_failed", `\`${line}\` ${how}${said === "" ? "" : `: ${said}`}`, {
    hint: `Run it yourself: ${line}`,
  });
}

function lineOf({ executable }: Pick<Registration["agent"], "executable">, args: readonly string[]): string {
  return quoteWords([executable, ...args]);
}

function asEntry(value: unknown, plain: Record<string, unknown>): Entry | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { command, args = [], ...others } = value as Record<string, unknown>;
  const words = [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === "string");
  const isPlain = Object.entries(others).every(
    ([key, one]) => JSON.stringify(one) === JSON.stringify(plain[key]),
  );
  return { words, isPlain };
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.join("\0") === right.join("\0");
}
