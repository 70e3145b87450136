import type { LoopbackModel } from "../test/support/loopback/model.ts";
import type { AgentName } from "../test/support/loopback/received.ts";
import { verify } from "./verify.ts";

/** Checks that `show` says the very tokens that the model served to this agent. */
export function verifyUsage(model: LoopbackModel, agent: AgentName, shown: string): void {
  const served = model.requests().filter((request) => request.agent === agent);
  const sum = (count: "inputTokens" | "outputTokens") =>
    served.reduce((total, { usage }) => total + (usage?.[count] ?? 0), 0);
  const tokens = `${sum("inputTokens")} in · ${sum("outputTokens")} out tokens`;
  verify(served.length > 0 && shown.includes(tokens), `The model served ${tokens}, but show says otherwise.`);
}
