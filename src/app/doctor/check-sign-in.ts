import { basename } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import { fileState } from "../../system/files/keep.ts";
import { readLines } from "../../system/lines/read.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import type { Surroundings } from "../open-context.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** Whether there are signs that the installed agents are signed in. What they hold is never looked at. */
export function checkSignIn({ env, cwd, platform }: Surroundings, agents: readonly Agent[]): Finding[] {
  return agents
    .filter(({ executable }) => findExecutable(executable, env.PATH ?? "", cwd) !== undefined)
    .map((agent) => {
      const sign = findSign(agent, env);
      if (sign !== undefined)
        return ok(`${agent.title}: ${sign}; whether it is still good, only a turn tells.`);
      const mayBeInKeychain = platform === "darwin" || agent.signIn(env).hasKeychain;
      const keychain = mayBeInKeychain ? " It may be in the keychain, which is not looked into." : "";
      return warning(
        `${agent.title}: there is no sign that anybody has signed in.${keychain}`,
        agent.signInHint,
      );
    });
}

function findSign(agent: Agent, env: Surroundings["env"]): string | undefined {
  const { files, variables, config } = agent.signIn(env);
  const configured = config === undefined ? [] : variablesIn(config);
  const variable = [...variables, ...configured].find((name) => env[name] !== undefined && env[name] !== "");
  if (variable !== undefined) return `${variable} is set`;
  const file = files.find((path) => fileState(path) !== undefined);
  return file === undefined ? undefined : `there is a ${basename(file)}`;
}

function variablesIn({ path, variable }: { path: string; variable: RegExp }): string[] {
  try {
    const text = [...readLines(path)].map((line) => line.toString("utf8")).join("\n");
    return [...text.matchAll(variable)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  } catch {
    // A folder, or not ours to read: it tells nothing.
    return [];
  }
}
