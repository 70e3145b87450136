import { AppError } from "../errors.ts";
import type { Agent, Command } from "./agent.ts";
import type { AgentEnvironment } from "./places.ts";

/**
 * Returns the environment of a command: the user's, with what the command adds.
 *
 * @throws AppError `usage` where the user has set one of these variables and the agent can't have both
 */
export function withVariables(
  environment: AgentEnvironment,
  { title, joinVariable }: Pick<Agent, "title" | "joinVariable">,
  added: Command["env"],
): AgentEnvironment {
  if (added === undefined) return environment;
  const joined = Object.entries(added).map(([name, value]) => {
    const users = environment[name];
    if (users === undefined || users === "" || joinVariable === undefined) return [name, value];
    const both = joinVariable(name, users, value);
    if (both !== undefined) return [name, both];
    // Its value may have secrets in it.
    throw new AppError(
      "usage",
      `${title} can't be given its settings: the value of ${name} is not understood.`,
      {
        hint: `Correct ${name}, or unset it: agent-sessions passes settings in the same variable.`,
        facts: { variable: name },
      },
    );
  });
  return { ...environment, ...Object.fromEntries(joined) };
}
