import type { Agent } from "../../domain/agent/agent.ts";
import type { Surroundings } from "../open-context.ts";
import { type InstalledAgent, lookForAgent } from "../tell/agents.ts";
import { type Finding, ok, problem } from "./finding.ts";

/** Which agents are installed, where, and which version of them. Nobody needs them all, but everybody one. */
export async function checkAgents(around: Surroundings, agents: readonly Agent[]): Promise<Finding[]> {
  const looks = await Promise.all(agents.map((agent) => lookForAgent(around, agent)));
  const findings = looks.map(findingOf);
  if (looks.some(({ path }) => path !== undefined)) return findings;
  return findings.map((finding) => ({ ...finding, status: "problem" as const }));
}

function findingOf({ agent, path, versionLine, problem: why }: InstalledAgent): Finding {
  const { title, executable, installHint } = agent;
  if (path === undefined)
    return ok(`${title} is not installed: there is no ${executable} on PATH.`, installHint);
  if (why === undefined) return ok(`${title}: ${path}, ${versionLine}`);
  return problem(`${title}: \`${path} --version\` ${why}.`, `Run it yourself. ${installHint}`);
}
