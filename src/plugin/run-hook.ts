import { folderAt } from "../system/files/read.ts";
import { type HookInput, readHookInput } from "./hook-input.ts";
import type { HookOutput } from "./hook-output.ts";
import { problemOf } from "./hook-output.ts";
import { promptSubmitted } from "./hooks/prompt-submitted.ts";
import { sessionStart } from "./hooks/session-start.ts";
import { signOfLife } from "./hooks/sign-of-life.ts";
import type { World } from "./world.ts";

const HOOKS = new Map<string, (input: HookInput, world: World) => HookOutput>([
  ["SessionStart", sessionStart],
  ["UserPromptSubmit", promptSubmitted],
  ["Stop", signOfLife],
  ["PreCompact", signOfLife],
  ["SessionEnd", signOfLife],
]);

/**
 * Answers one call of a hook. `print` gets what the agent is to read, if anything. Every error becomes a
 * message to the user.
 */
export function runHook(
  text: string,
  world: Omit<World, "project"> & { project?: string },
  print: (line: string) => void,
): void {
  // A turn of agent-sessions has its own records, and must not claim a trigger that is meant for the user's
  // next window.
  if (isInTurn(world.env)) return;
  const input = readHookInput(text);
  const hook = HOOKS.get(input?.hook_event_name ?? "");
  const project = world.project ?? input?.cwd;
  if (input === undefined || hook === undefined || project === undefined) return;
  const event = input.hook_event_name;
  const problem = problemOf(() => {
    const output = hook(input, { ...world, project });
    tellAgent(event, output, print);
    output.onPrinted?.();
  });
  if (problem !== undefined) tellAgent(event, { systemMessage: `session-persist: ${problem}` }, print);
}

/**
 * Whether this hook runs in a turn of agent-sessions. A process that outlives the turn it was started in,
 * such as tmux, passes the turn's variables on to the user's windows; a turn whose folder is gone therefore
 * does not count.
 */
function isInTurn({ AGENT_SESSIONS_TURN, AGENT_SESSIONS_TURN_FOLDER }: World["env"]): boolean {
  if (!AGENT_SESSIONS_TURN) return false;
  return !AGENT_SESSIONS_TURN_FOLDER || folderAt(AGENT_SESSIONS_TURN_FOLDER) !== "absent";
}

function tellAgent(
  event: string,
  { systemMessage, context }: HookOutput,
  print: (line: string) => void,
): void {
  if (systemMessage === undefined && context === undefined) return;
  const forModel = context === undefined ? undefined : { hookEventName: event, additionalContext: context };
  print(`${JSON.stringify({ systemMessage, hookSpecificOutput: forModel })}\n`);
}
