import { basename } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import type { SignIn } from "../../domain/agent/places.ts";
import { fileState } from "../../system/files/keep.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import type { Context } from "../context.ts";
import { type InstalledAgent, lookForAgents } from "../installed-agents.ts";
import { signInVariables } from "../sign-in-variables.ts";
import type { Surroundings } from "../surroundings.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/**
 * Reports which agents are installed, where, and in which version. It is a problem only if none is installed. Each is
 * started, also where its version is known: it may have stopped working since.
 */
export async function checkAgents(
  around: Surroundings,
  agents: readonly Agent[],
  context?: Context,
): Promise<Finding[]> {
  const withProgram = agents.filter(({ executable }) => executable !== "");
  const looks = await lookForAgents(around, withProgram, { context, isAnew: true });
  if (looks.some(({ path }) => path !== undefined)) return looks.map(findingOf);
  const ways = withProgram.map(({ title, installHint }) => `${title}: ${installHint}`);
  return [problem("No agent is installed. Install one of these:", ways.join("   "))];
}

function findingOf({ agent, path, versionLine, problem: why }: InstalledAgent): Finding {
  const { title, executable, installHint } = agent;
  if (path === undefined)
    return {
      ...ok(`${title} is not installed: there is no ${executable} on PATH.`, installHint),
      optional: true,
    };
  if (why === undefined) return ok(`${title}: ${path}, ${versionLine}`);
  return problem(`${title}: \`${path} --version\` ${why}.`, `Run it yourself. ${installHint}`);
}

const LEAST: readonly [number, number] = [20, 19];

/** Checks that this Node version, such as `v20.19.4`, is new enough. */
export function checkNode(version: string): Finding[] {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isNewEnough = major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
  if (isNewEnough) return [ok(`Node ${version}`)];
  return [problem(`Node ${version} is too old.`, `Install Node ${LEAST.join(".")} or newer.`)];
}

/** Checks for signs that the installed agents are signed in. Never reads the credentials themselves. */
export function checkSignIn({ env, cwd, platform }: Surroundings, agents: readonly Agent[]): Finding[] {
  return agents
    .filter(
      ({ executable }) => executable !== "" && findExecutable(executable, env.PATH ?? "", cwd) !== undefined,
    )
    .flatMap(({ title, signIn }) => {
      const signs = signIn?.(env);
      if (signs === undefined) return [];
      const sign = findSign(signs, env);
      if (sign !== undefined) return ok(`${title}: ${sign}; only a turn can show whether it is still valid.`);
      const mayBeInKeychain = platform === "darwin" || signs.hasKeychain;
      const keychain = mayBeInKeychain ? " It may be in the keychain, which doctor does not read." : "";
      return warning(`${title}: no key or login found.${keychain}`, signs.hint);
    });
}

function findSign(signIn: SignIn, env: Surroundings["env"]): string | undefined {
  const variable = signInVariables(signIn).find((name) => env[name] !== undefined && env[name] !== "");
  if (variable !== undefined) return `${variable} is set`;
  const file = signIn.files.find((path) => fileState(path) !== undefined);
  return file === undefined ? undefined : `${basename(file)} exists`;
}
