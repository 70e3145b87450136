import { readFileSync } from "node:fs";

/** A call of an agent, as that agent has written it down. */
export interface Call {
  call: string;
  sessionId: string;
  prompt: string;
  /** The prompts that its transcript held when it began. */
  seen: readonly string[];
  hasEnded: boolean;
}

/** Returns what the agents of some machines have written down, by prompt. */
export function callsIn(logs: readonly string[]): Map<string, Call[]> {
  const calls = new Map<string, Call>();
  for (const log of logs)
    for (const line of readFileSync(log, "utf8").split("\n")) {
      // A line that a kill has cut off is no line.
      if (!line.endsWith("}")) continue;
      const { is, call, id, prompt, seen } = JSON.parse(line);
      if (is === "begin") calls.set(call, { call, sessionId: id, prompt, seen, hasEnded: false });
      else Object.assign(calls.get(call) ?? {}, { hasEnded: true });
    }
  const byPrompt = new Map<string, Call[]>();
  for (const call of calls.values()) byPrompt.set(call.prompt, [...(byPrompt.get(call.prompt) ?? []), call]);
  return byPrompt;
}
