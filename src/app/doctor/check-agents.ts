import type { Agent } from "../../domain/agent.ts";
import { findExecutable } from "../../system/executable.ts";
import { runBriefly } from "../../system/run-briefly.ts";
import type { Surroundings } from "../open-context.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Claude 2.1.329 takes 0.3 s for it; a laptop that has just woken up takes longer. */
const TIMEOUT_MS = 10_000;
const MOST_CHARACTERS = 80;

/** Which agents are installed, where, and which version of them. */
export async function checkAgents(around: Surroundings, agents: readonly Agent[]): Promise<Finding[]> {
  const findings = await Promise.all(agents.map((agent) => checkAgent(around, agent)));
  if (findings.some(({ isFound }) => isFound)) return findings.map(({ finding }) => finding);
  return findings.map(({ finding }) => ({ ...finding, status: "problem" }));
}

async function checkAgent(
  { env, cwd }: Surroundings,
  agent: Agent,
): Promise<{ isFound: boolean; finding: Finding }> {
  const { title, executable, installHint } = agent;
  const path = findExecutable(executable, env.PATH ?? "", cwd);
  if (path === undefined) {
    const finding = warning(`${title} is not installed: there is no ${executable} on PATH.`, installHint);
    return { isFound: false, finding };
  }
  const { end, code, stdout } = await runBriefly(path, ["--version"], { cwd, env, timeoutMs: TIMEOUT_MS });
  const version = stdout.split("\n")[0]?.trim().slice(0, MOST_CHARACTERS) ?? "";
  if (end === "exit" && code === 0) return { isFound: true, finding: ok(`${title}: ${path}, ${version}`) };
  const how = end === "timeout" ? `did not answer in ${TIMEOUT_MS / 1000} s` : "failed";
  return {
    isFound: true,
    finding: problem(`${title}: \`${path} --version\` ${how}.`, `Run it yourself. ${installHint}`),
  };
}
