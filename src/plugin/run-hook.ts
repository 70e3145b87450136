import { type HookInput, type HookOutput, readHookInput, type World } from "./hook-input.ts";
import { promptSubmitted } from "./prompt-submitted.ts";
import { sessionStart } from "./session-start.ts";
import { signOfLife } from "./sign-of-life.ts";

const HOOKS: Record<string, (input: HookInput, world: World) => HookOutput> = {
  SessionStart: sessionStart,
  UserPromptSubmit: promptSubmitted,
  Stop: signOfLife,
  PreCompact: signOfLife,
  SessionEnd: signOfLife,
};

/**
 * Answers one call of a hook: `print` gets what the agent is to read, if anything. Whatever goes wrong becomes
 * a message to the user.
 */
export function runHook(
  text: string,
  world: Omit<World, "project"> & { project?: string },
  print: (line: string) => void,
): void {
  // A turn of agent-sessions has records of its own, and must not eat what was left for the user's next window.
  if ((world.env.AGENT_SESSIONS_TURN ?? "") !== "") return;
  const input = readHookInput(text);
  const hook = HOOKS[input?.hook_event_name ?? ""];
  const project = world.project ?? input?.cwd;
  if (input === undefined || hook === undefined || project === undefined) return;
  const event = input.hook_event_name;
  try {
    const output = hook(input, { ...world, project });
    tell(event, output, print);
    output.onPrinted?.();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    tell(event, { systemMessage: `session-persist: ${why}` }, print);
  }
}

function tell(event: string, { systemMessage, context }: HookOutput, print: (line: string) => void): void {
  if (systemMessage === undefined && context === undefined) return;
  const forModel = context === undefined ? undefined : { hookEventName: event, additionalContext: context };
  print(`${JSON.stringify({ systemMessage, hookSpecificOutput: forModel })}\n`);
}
