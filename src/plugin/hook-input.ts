import { isCheckpointId } from "../domain/checkpoint/choose.ts";
import { parseJson } from "../domain/parse-json.ts";
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

/** The input that claude 2.1.329 and codex 0.169.0 give a hook on stdin, as far as we use it. */
export type HookInput = Read<typeof shape>;

/**
 * Parses the input of a hook. Returns undefined for input that is not from an agent, such as an id that could
 * lead out of our folder.
 */
export function readHookInput(input: string): HookInput | undefined {
  const found = shape(parseJson(input));
  return found !== undefined && isCheckpointId(found.session_id) ? found : undefined;
}
