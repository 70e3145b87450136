import type { Surroundings } from "../../app/surroundings.ts";
import { WARM_MARK } from "../../app/warm-agents.ts";
import { lineOf } from "../../system/processes/list.ts";
import { variableOf } from "../../system/processes/mark.ts";

/** Each says in which turns a process runs. */
const SAYING = ["AGENT_SESSIONS_CHAIN", WARM_MARK];
const MARKS = [...SAYING, "AGENT_SESSIONS_TURN", "AGENT_SESSIONS_TURN_FOLDER"];

/**
 * Returns the environment with the marks of the turn that this process runs in. Codex 0.171.0 starts its servers without
 * them, but what starts the server still has them, where environments can be seen.
 */
export function withMarksFromAbove(env: Surroundings["env"], pid: number): Surroundings["env"] {
  if (SAYING.some((name) => env[name])) return env;
  const [, ...above] = lineOf(pid);
  const marked = above.find((one) => SAYING.some((name) => variableOf(one.pid, name)));
  if (marked === undefined) return env;
  const marks = MARKS.flatMap((name) => {
    const value = variableOf(marked.pid, name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...env, ...Object.fromEntries(marks) };
}
