import type { Agent } from "../../domain/agent/agent.ts";
import { version } from "../../domain/version.ts";
import { quoteWords } from "../../domain/words.ts";
import { runBriefly } from "../../system/processes/briefly.ts";
import { findExecutable, realFileOf } from "../../system/processes/executable.ts";
import { registering, registrationFor } from "../mcp/change.ts";
import { CLIENTS } from "../mcp/registration.ts";
import type { Surroundings } from "../surroundings.ts";
import { type Finding, ok, warning } from "./finding.ts";

const TIMEOUT_MS = 10_000;

/** Checks that an agent that was given our MCP server can start it; finds nothing where none was. */
export async function checkMcp(around: Surroundings, agents: readonly Agent[]): Promise<Finding[]> {
  const { lookAt } = await registering();
  const looks = CLIENTS.map(async (client): Promise<Finding[]> => {
    const registration = await registrationFor(agents, { client, around, onlyShows: true });
    const found = lookAt(registration);
    if (found === undefined) return [];
    const { path, words, program, maxAccess, problem } = found;
    const { title } = registration.agent;
    const access = maxAccess === "edit" ? "" : ` --max-access ${maxAccess}`;
    const readOnly = words.includes("--read-only") ? " --read-only" : "";
    const hint = `Write it anew: agent-sessions mcp install --agent ${client}${access}${readOnly}`;
    if (problem !== undefined)
      return [warning(`${title}: the MCP server in ${path} is broken: ${problem}.`, `Mend it. ${hint}`)];
    const why = await whyNot(around, program);
    if (why !== undefined) return [warning(`${title}: its MCP server ${quoteWords(program)} ${why}.`, hint)];
    return [ok(`${title} has the MCP server, up to ${maxAccess}: ${path}`)];
  });
  return (await Promise.all(looks)).flat();
}

/** Returns what is wrong with the program that an agent would start. */
async function whyNot(
  { env, cwd, program: own }: Surroundings,
  words: readonly string[],
): Promise<string | undefined> {
  const [first = "", ...args] = words;
  const file = findExecutable(first, env.PATH ?? "", cwd);
  if (file === undefined) return "is not there any more";
  const script = realFileOf(args.at(-1) ?? file);
  if (script === undefined) return "is not there any more";
  if (script === own?.at(-1)) return undefined;
  const { end, code, stdout } = await runBriefly(file, [...args, "--version"], {
    cwd,
    env,
    timeoutMs: TIMEOUT_MS,
  });
  if (end !== "exit" || code !== 0) return "does not tell its version";
  const [told = ""] = stdout.trim().split("\n");
  return told.includes(version) ? undefined : `is version ${told.slice(0, 80)}, and this is ${version}`;
}
