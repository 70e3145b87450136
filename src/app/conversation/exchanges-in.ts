import type { Agent } from "../../domain/agent/agent.ts";
import type { Exchange } from "../../domain/agent/place-exchanges.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { readLines } from "../../system/lines/read.ts";

/**
 * The exchanges in the first bytes of a transcript, and the conversation whose history it refers to without a
 * copy.
 */
export interface ExchangesIn {
  exchanges: Exchange[];
  base?: { sessionId: string; bytes?: number };
}

export function exchangesIn(agent: Agent, path: string, bytes: number): ExchangesIn {
  const exchanges: Exchange[] = [];
  let base: ExchangesIn["base"];
  let isAnswered = false;
  let next = 0;
  // A command of the window, such as `/model`, is not an exchange: it has no answer.
  const dropCommand = () => {
    if (!isAnswered && exchanges.at(-1)?.prompt.startsWith("/")) exchanges.pop();
  };
  for (const line of readLines(path)) {
    const at = next;
    if (at >= bytes) break;
    next += line.length + 1;
    const event = agent.readTranscript?.(parseJson(line));
    if (event?.type === "forked") {
      base ??= { sessionId: event.from, ...(event.bytes === undefined ? {} : { bytes: event.bytes }) };
    } else if (event?.type === "prompt") {
      dropCommand();
      isAnswered = agent.startsOver(event.text);
      if (!isAnswered) exchanges.push({ prompt: event.text, at });
    } else if (event?.type === "answer") {
      const last = isAnswered && exchanges.length === 0 ? undefined : exchanges.at(-1);
      isAnswered = true;
      if (last !== undefined && event.text !== "") last.answer = event.text;
    }
  }
  dropCommand();
  return { exchanges, ...(base === undefined ? {} : { base }) };
}
