import type { LoopbackModel } from "../test/support/loopback/model.ts";
import type { AgentName } from "../test/support/loopback/received.ts";
import { note, numbered } from "./narrator.ts";
import { verify } from "./verify.ts";

/**
 * Asks the model, which knows nothing of names, and shows what it got: all requests of this agent came from
 * one conversation, and the last of them held exactly these prompts. Returns the conversation's id.
 */
export function showContinuity(model: LoopbackModel, agent: AgentName, prompts: readonly string[]): string {
  const requests = model.requests().filter((request) => request.agent === agent);
  const received = requests.at(-1)?.userMessages ?? [];
  note("What this second process made the agent send to the model:");
  numbered(received);
  verify(
    JSON.stringify(received) === JSON.stringify(prompts),
    `The second request should hold ${JSON.stringify(prompts)}, but holds ${JSON.stringify(received)}.`,
  );
  const [sessionId, ...others] = new Set(requests.map((request) => request.sessionId));
  verify(sessionId !== undefined && others.length === 0, "The turns ran in more than one conversation.");
  return sessionId;
}
