import type { Agent } from "../domain/agent/agent.ts";
import { splitWords } from "../domain/words.ts";
import { AgentVersions, programAt } from "../stores/file/agent-versions.ts";
import { runBriefly } from "../system/processes/briefly.ts";
import { findExecutable } from "../system/processes/executable.ts";
import type { Context } from "./context.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Claude 2.1.329 needs 0.3 s for `--version`; Copilot 1.0.102 unpacks itself first, once, which takes 2.5 s.
 */
const TIMEOUT_MS = 10_000;
const MOST_CHARACTERS = 80;

/** An agent as it is on this machine. */
export interface InstalledAgent {
  agent: Agent;
  /** What starts it, for an agent of the user's own. */
  command?: string | undefined;
  /** Absent if the agent is not on PATH. */
  path?: string;
  /** The first line of its `--version` output. */
  versionLine?: string;
  /** When it said so, in ISO 8601; absent where no answers are kept. */
  askedAt?: string;
  /** Why it did not report its version; absent if it did. */
  problem?: string;
}

export interface AgentsQuery {
  /** Where answers are kept; absent where none can be. */
  context?: Pick<Context, "home" | "now"> | undefined;
  /** Whether each agent is started, whatever is known of it: a version that is kept does not show that it still runs. */
  isAnew?: boolean;
  /** Returns what starts an agent that has no program of its own. */
  commandOf?(agent: Agent): string | undefined;
  /** How long each agent may take. Default: 10 s. */
  timeoutMs?: number;
}

/**
 * Looks for agents on PATH and learns their versions. Those that have to be asked are run with `--version`, all at the
 * same time: nobody waits longer than for the slowest of them, and for none longer than the time limit.
 */
export function lookForAgents(
  around: Surroundings,
  agents: readonly Agent[],
  query: AgentsQuery,
): Promise<InstalledAgent[]> {
  return Promise.all(agents.map((agent) => lookFor(around, agent, query)));
}

async function lookFor(
  { env, cwd }: Surroundings,
  agent: Agent,
  { context, isAnew = false, commandOf, timeoutMs = TIMEOUT_MS }: AgentsQuery,
): Promise<InstalledAgent> {
  // A command of the user's own is looked for and not run: it need not know `--version`.
  if (agent.executable === "") return { agent, ...commandFor(commandOf?.(agent), { env, cwd }) };
  const path = findExecutable(agent.executable, env.PATH ?? "", cwd);
  if (path === undefined) return { agent };
  const versions = context && new AgentVersions(context.home, context.now());
  const program = programAt(path);
  const known = isAnew || program === undefined ? undefined : versions?.read(program);
  if (known !== undefined) return { agent, path, ...known };
  const { end, code, stdout } = await runBriefly(path, ["--version"], { cwd, env, timeoutMs });
  const versionLine = stdout.split("\n")[0]?.trim().slice(0, MOST_CHARACTERS) ?? "";
  if (end === "exit" && code === 0)
    return { agent, path, ...(versions?.keep(program, versionLine) ?? { versionLine }) };
  return { agent, path, problem: end === "timeout" ? `did not answer in ${timeoutMs / 1000} s` : "failed" };
}

function commandFor(
  command: string | undefined,
  { env, cwd }: Pick<Surroundings, "env" | "cwd">,
): Pick<InstalledAgent, "command" | "path"> {
  if (command === undefined) return {};
  const [program = ""] = splitWords(command);
  const path = findExecutable(program, env.PATH ?? "", cwd);
  return path === undefined ? { command } : { command, path };
}

/** Returns only the version number, such as `2.1.329` of `2.1.329 (Claude Code)`. */
export function versionIn({ versionLine = "" }: InstalledAgent): string {
  return /\d+\.\d+\.\d+(?:[-+.\w]*\w)?/.exec(versionLine)?.[0] ?? versionLine;
}
