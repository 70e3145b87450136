import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import type { Context } from "../../context.ts";

/**
 * Returns the marks in the environment of what a turn starts: so descendants can be found, and a turn can see which turn it
 * was started from.
 */
export function turnVariables({ env }: Context, { folder, plan }: OpenTurn): Record<string, string> {
  const above = env.AGENT_SESSIONS_CHAIN;
  return {
    AGENT_SESSIONS_TURN: plan.turnId,
    // This folder is gone once the turn is over: a hook in a process that outlives the turn, such as tmux,
    // can see that it no longer runs in the turn.
    AGENT_SESSIONS_TURN_FOLDER: folder.path,
    AGENT_SESSIONS_CHAIN: above === undefined || above === "" ? plan.turnId : `${above},${plan.turnId}`,
  };
}
