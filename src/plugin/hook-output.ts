import { isAttended, type World } from "./world.ts";

/** What a hook answers. */
export interface HookOutput {
  /** Shown to the user, where there is one. */
  systemMessage?: string;
  /** Given to the model. */
  context?: string;
  /** What is only true once the agent has the answer. */
  onPrinted?: () => void;
}

/** Words for the user. Where the user sees what hooks say, the model need not repeat them. */
export function tellUser(world: World, words: string): HookOutput {
  if (!isAttended(world))
    return { context: `session-persist says; pass it on to the user unchanged:\n\n${words}` };
  return {
    systemMessage: words,
    context: `session-persist has shown this to the user already; answer with one short line:\n\n${words}`,
  };
}
