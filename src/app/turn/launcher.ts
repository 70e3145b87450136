import { resolve } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { splitWords } from "../../domain/words.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import type { Context } from "../context.ts";

/**
 * Returns the words that start an agent: its own executable, or the wrapper in `agentCommand`. Finds the
 * program before anything is started. Relative paths start at the caller's folder.
 *
 * @throws AppError `agent_missing`
 */
export function findLauncher(
  context: Context,
  agent: Agent,
  agentCommand: string | undefined,
  /** Whether another agent could do the same. */
  isAgentFree = false,
): string[] {
  const isWrapped = agentCommand !== undefined && agentCommand.trim() !== "";
  if (!isWrapped && agent.executable === "") throw withoutCommand(context, agent);
  const [program = agent.executable, ...args] = isWrapped ? splitWords(agentCommand) : [agent.executable];
  const file = findExecutable(program, context.env.PATH ?? "", context.cwd);
  if (file !== undefined) return [resolve(context.cwd, file), ...args];
  const { choice } = context.wording;
  if (isWrapped) {
    throw new AppError(
      "agent_missing",
      `The agent command ${JSON.stringify(program)} was not found or is not executable.`,
      {
        hint: `Give a program on PATH or a path to one: ${choice({ agentCommand: "/path/to/wrapper" })}${agent.executable === "" ? "" : `   or run the agent itself with: ${choice({ agentCommand: "" })}`}`,
      },
    );
  }
  throw new AppError(
    "agent_missing",
    `${agent.title} is not installed: there is no ${agent.executable} on PATH.`,
    {
      hint: isAgentFree ? `${agent.installHint}${otherAgents(context)}` : agent.installHint,
    },
  );
}

function withoutCommand({ wording }: Context, { name }: Agent): AppError {
  return new AppError("usage", `The agent ${JSON.stringify(name)} has no program of its own.`, {
    hint: `Give the command that starts it: ${wording.choice({ agentCommand: "goose acp" })}`,
  });
}

/** Returns what to add to a hint where other agents are installed. */
function otherAgents({ agents, env, cwd, wording: { choice } }: Context): string {
  const installed = agents.filter(
    ({ executable }) => executable !== "" && findExecutable(executable, env.PATH ?? "", cwd) !== undefined,
  );
  return installed.map(({ name }) => `   or choose another agent: ${choice({ agent: name })}`).join("");
}
