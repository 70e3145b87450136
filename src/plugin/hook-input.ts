import type { CheckpointAgent } from "../domain/checkpoint/checkpoint.ts";
import { isCheckpointId } from "../domain/checkpoint/choose.ts";
import { maybe, object, type Read, text } from "../domain/shape.ts";

const shape = object({
  session_id: text,
  hook_event_name: text,
  cwd: maybe(text),
  transcript_path: maybe(text),
  source: maybe(text),
  prompt: maybe(text),
  last_assistant_message: maybe(text),
});

/** What claude 2.1.329 and codex 0.169.0 give a hook on its standard input, as far as we use it. */
export type HookInput = Read<typeof shape>;

/** Undefined for anything that is not from an agent, such as an id that could lead out of our folder. */
export function readHookInput(input: string): HookInput | undefined {
  try {
    const found = shape(JSON.parse(input));
    return found !== undefined && isCheckpointId(found.session_id) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Everything else a hook is handed. */
export interface World {
  agent: CheckpointAgent;
  /** The folder that the agent works in. */
  project: string;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
}

/** What a hook answers. */
export interface HookOutput {
  /** Shown to the user, where there is one. */
  systemMessage?: string;
  /** Given to the model. */
  context?: string;
  /** What is only true once the agent has the answer. */
  onPrinted?: () => void;
}

/** Whether somebody sits before it who is shown what hooks say; `claude -p` shows nothing. */
export function isAttended({ agent, env }: World): boolean {
  return agent === "claude" && env.CLAUDE_CODE_ENTRYPOINT === "cli";
}

/** Whether checkpoints are written without being asked for: the one setting there is. */
export function isAutomatic({ env }: World): boolean {
  return !/^(off|0|no|false)$/i.test(env.SESSION_PERSIST ?? "");
}
