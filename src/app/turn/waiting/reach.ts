import { createHmac } from "node:crypto";
import type { Agent } from "../../../domain/agent/agent.ts";
import { keyOf } from "../../../stores/file/key.ts";
import { confinement } from "../../../system/processes/confinement.ts";
import type { Context } from "../../context.ts";
import { signInVariables } from "../../sign-in-variables.ts";

/** Variables that say who pays and who is asked, whatever the agent. */
const OF_AN_ACCOUNT =
  /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|PROXY|URL|ENDPOINT|CONFIG|PROFILE|REGION|^(?:HOME|USER|LOGNAME)$|^(?:ANTHROPIC|CLAUDE|OPENAI|CODEX|COPILOT|GH|GITHUB|AWS|AZURE|GOOGLE|VERTEX)_/i;
const SECRET = /KEY|TOKEN|SECRET|PASSW/i;
/** Those among them that differ between two shells of one person, or that agents set for what they start. */
const OF_A_PROCESS =
  /SESSION|THREAD|ENTRYPOINT|PROJECT_DIR|ENV_FILE|PLUGIN|PORT$|SOCK$|^XAUTHORITY$|^AGENT_SESSIONS_/;

/**
 * Returns a digest of what decides for whom a turn, or any program of its caller, runs and what it can reach: the user, the state home, the program,
 * the variables of accounts, and the limits of this process. Two processes with the same digest may run each other's
 * turns. The values can't be found out from it: its key never leaves the state home. Undefined if it can't be known
 * what limits this process: then no other process has its reach.
 */
export function reachOf(
  context: Context,
  agent: Agent | undefined,
  launcher: readonly string[],
): string | undefined {
  const limits = confinement();
  if (limits === "unknown") return undefined;
  const { env, home, uid } = context;
  const signIn = agent?.signIn?.(env);
  const named = new Set(signIn && signInVariables(signIn));
  const account = Object.keys(env)
    .filter(
      (name) =>
        named.has(name) || SECRET.test(name) || (OF_AN_ACCOUNT.test(name) && !OF_A_PROCESS.test(name)),
    )
    .sort()
    .map((name) => [name, env[name]]);
  const parts = [uid, home.path, agent?.name, launcher, account, limits];
  return createHmac("sha256", keyOf(home)).update(JSON.stringify(parts)).digest("hex");
}
