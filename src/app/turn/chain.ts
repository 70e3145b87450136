import { isTurnId } from "./ticket.ts";

/** Stands in the chain where a turn was left to the background: whoever comes before it does not wait for what follows. */
const DETACHED = "detached";

type Environment = Readonly<Record<string, string | undefined>>;

/** The turns and windows that this process is part of, outermost first, however loosely. */
export function turnsAbove(env: Environment): string[] {
  // Ids become parts of paths, and anybody can set a variable.
  return elements(env).filter(isTurnId);
}

/** Those of them that can't end before this process does. */
export function turnsHeldUp(env: Environment): string[] {
  const all = elements(env);
  return all.slice(all.lastIndexOf(DETACHED) + 1).filter(isTurnId);
}

/** The chain for a process that nobody of this one's turns waits for. */
export function detachedChain(env: Environment): string | undefined {
  const all = elements(env);
  return all.length === 0 ? undefined : [...all, DETACHED].join(",");
}

function elements({ AGENT_SESSIONS_CHAIN = "" }: Environment): string[] {
  return AGENT_SESSIONS_CHAIN.split(",").filter((element) => element !== "");
}
