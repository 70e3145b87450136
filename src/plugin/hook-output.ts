import { hookedAgents } from "../agents/hooked-agents.ts";
import type { World } from "./world.ts";

/** The answer of a hook. */
export interface HookOutput {
  /** Shown to the user, if there is a user. */
  systemMessage?: string;
  /** Given to the model. */
  context?: string;
  /** Called after the answer was printed, for what becomes true only when the agent has the answer. */
  onPrinted?: () => void;
}

/** Returns a message for the user. If the user sees the output of hooks, the model need not repeat it. */
export function tellUser({ agent, env }: World, words: string): HookOutput {
  if (!hookedAgents[agent].showsHooks(env))
    return { context: `session-persist has a message; show it to the user unchanged:\n\n${words}` };
  return {
    systemMessage: words,
    context: `session-persist has already shown this to the user; answer with one short line:\n\n${words}`,
  };
}

/** Runs `attempt`. Returns its error as a message for the user, so that the hook can go on. */
export function problemOf(attempt: () => void): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
