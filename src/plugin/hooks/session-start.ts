import { addLine } from "../../system/files/read.ts";
import type { HookInput } from "../hook-input.ts";
import type { HookOutput } from "../hook-output.ts";
import { problemOf } from "../problem-of.ts";
import type { World } from "../world.ts";
import { followTrigger } from "./follow-trigger.ts";

/** A conversation begins or goes on: the shell learns its id, and a new one may start from a checkpoint. */
export function sessionStart(input: HookInput, world: World): HookOutput {
  const problem = problemOf(() => tellShell(input, world));
  // A resumed, cleared or compacted conversation is not the next one that the trigger was left for.
  const output = input.source === "startup" ? followTrigger(input, world) : {};
  if (problem === undefined) return output;
  const told = `session-persist: the shell does not know CLAUDE_PERSIST_SESSION_ID: ${problem}`;
  return { ...output, systemMessage: [output.systemMessage, told].filter(Boolean).join("\n") };
}

/**
 * Exports the id for the commands that the agent runs. It is checked to be of letters, digits, dots and dashes:
 * a shell reads this file.
 */
function tellShell({ session_id }: HookInput, { agent, env }: World): void {
  if (agent !== "claude" || env.CLAUDE_ENV_FILE === undefined || env.CLAUDE_ENV_FILE === "") return;
  addLine(env.CLAUDE_ENV_FILE, `export CLAUDE_PERSIST_SESSION_ID=${session_id}`);
}
