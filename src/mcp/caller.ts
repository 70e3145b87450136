import { parseJson } from "../domain/parse-json.ts";

/** Who has called a tool, as far as the call says so. */
export interface Caller {
  /** The conversation of the client, by the agent's own id, where the call says it and the environment can't. */
  conversation?: { agent: string; sessionId: string } | undefined;
  /** The folders that the client works in, absolute; none where it does not say. */
  folders?: readonly string[] | undefined;
}

/** Codex 0.169.0 starts its servers without its environment, and says with each call which thread has made it. */
const CODEX_META = "x-codex-turn-metadata";

/** Returns who has made a call, from its `_meta`. */
export function callerIn(meta: Readonly<Record<string, unknown>> | undefined): Caller {
  const told = meta?.[CODEX_META];
  const turn = typeof told === "string" ? parseJson(told) : told;
  const thread =
    typeof turn === "object" && turn !== null && "thread_id" in turn ? turn.thread_id : undefined;
  return typeof thread === "string" ? { conversation: { agent: "codex", sessionId: thread } } : {};
}
