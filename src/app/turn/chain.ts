import { isTurnId } from "./ticket.ts";

/** Marks in the chain where a turn was detached: the turns before it do not wait for those after it. */
const DETACHED = "detached";

type Environment = Readonly<Record<string, string | undefined>>;

/** The turns and windows that this process descends from, outermost first, detached ones included. */
export function turnsAbove(env: Environment): string[] {
  // Ids become parts of paths, and any process can set the variable.
  return elements(env).filter(isTurnId);
}

/** The turns and windows above that can't end before this process does. */
export function turnsHeldUp(env: Environment): string[] {
  const all = elements(env);
  return all.slice(all.lastIndexOf(DETACHED) + 1).filter(isTurnId);
}

/** The chain for a process that none of this process's turns waits for. */
export function detachedChain(env: Environment): string | undefined {
  const all = elements(env);
  if (all.length === 0) return undefined;
  return (all.at(-1) === DETACHED ? all : [...all, DETACHED]).join(",");
}

function elements({ AGENT_SESSIONS_CHAIN = "" }: Environment): string[] {
  return AGENT_SESSIONS_CHAIN.split(",").filter((element) => element !== "");
}
