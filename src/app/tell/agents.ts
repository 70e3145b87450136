import type { Agent } from "../../domain/agent/agent.ts";
import { runBriefly } from "../../system/processes/briefly.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import type { Surroundings } from "../surroundings.ts";

/**
 * Claude 2.1.329 needs 0.3 s for `--version`; Copilot 1.0.102 unpacks itself first, once, which takes 2.5 s.
 */
const TIMEOUT_MS = 10_000;
const MOST_CHARACTERS = 80;

/** An agent as it is on this machine. */
export interface InstalledAgent {
  agent: Agent;
  /** Absent if the agent is not on PATH. */
  path?: string;
  /** The first line of its `--version` output. */
  versionLine?: string;
  /** Why it did not report its version; absent if it did. */
  problem?: string;
}

/** Looks for an agent on PATH and runs it with `--version`. */
export async function lookForAgent({ env, cwd }: Surroundings, agent: Agent): Promise<InstalledAgent> {
  const path = findExecutable(agent.executable, env.PATH ?? "", cwd);
  if (path === undefined) return { agent };
  const { end, code, stdout } = await runBriefly(path, ["--version"], { cwd, env, timeoutMs: TIMEOUT_MS });
  const versionLine = stdout.split("\n")[0]?.trim().slice(0, MOST_CHARACTERS) ?? "";
  if (end === "exit" && code === 0) return { agent, path, versionLine };
  return {
    agent,
    path,
    problem: end === "timeout" ? `did not answer in ${TIMEOUT_MS / 1000} s` : "failed",
  };
}

/** Returns only the version number, such as `2.1.329` of `2.1.329 (Claude Code)`. */
export function versionIn({ versionLine = "" }: InstalledAgent): string {
  return /\d+\.\d+\.\d+(?:[-+.\w]*\w)?/.exec(versionLine)?.[0] ?? versionLine;
}
