import { hookedAgents } from "../../agents/hooked-agents.ts";
import { addLine } from "../../system/files/write.ts";
import type { HookInput } from "../hook-input.ts";
import type { HookOutput } from "../hook-output.ts";
import { problemOf } from "../hook-output.ts";
import type { World } from "../world.ts";
import { followTrigger } from "./follow-trigger.ts";

/**
 * Handles the start or the continuation of a conversation: the shell gets its id, and a new conversation may
 * start from a checkpoint.
 */
export function sessionStart(input: HookInput, world: World): HookOutput {
  const problem = problemOf(() => tellShell(input, world));
  // The trigger is for a new conversation, not for one that is resumed, cleared or compacted.
  const output = input.source === "startup" ? followTrigger(input, world) : {};
  if (problem === undefined) return output;
  const told = `session-persist: the shell did not get CLAUDE_PERSIST_SESSION_ID: ${problem}`;
  return { ...output, systemMessage: [output.systemMessage, told].filter(Boolean).join("\n") };
}

/**
 * Exports the session id to the commands that the agent runs. A shell reads this file, so the id was checked
 * to contain only letters, digits, dots, dashes and underscores.
 */
function tellShell({ session_id }: HookInput, { agent, env }: World): void {
  const file = hookedAgents[agent].shellFile?.(env);
  if (file) addLine(file, `export CLAUDE_PERSIST_SESSION_ID=${session_id}`);
}
