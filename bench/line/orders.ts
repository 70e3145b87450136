import type { Claim, LineOrder } from "../../src/domain/turn/line.ts";
import {
  FILLED_AGENT,
  filledName,
  filledSession,
  filledWorkspace,
} from "../../test/support/postgres/many-rows.ts";

let ordered = 0;

/** The next turn of a conversation of the filled store. */
export function orderFor(workspace: number, name: number): LineOrder {
  ordered += 1;
  return {
    turnId: `bench-${ordered}`,
    scope: { agent: FILLED_AGENT, workspace: filledWorkspace(workspace) },
    name: filledName(name),
    sessionId: filledSession(workspace, name),
    prompt: "What about the rounding?",
    calledBy: "the bench",
    acceptedAt: new Date().toISOString(),
  };
}

/** An agent that answers at once: the turn is begun and recorded as any other, with its journal and the use of its name. */
export async function answerAtOnce(claim: Claim): Promise<void> {
  const { turnId, name, prompt, scope, sessionId = turnId } = claim.order;
  await claim.begun();
  const at = new Date().toISOString();
  const told = { outcome: "succeeded", continuity: "native", text: "Half to even." } as const;
  const timed = { startedAt: at, endedAt: at, durationMs: 0 };
  const used = { name, usedAt: at, isSame: () => true };
  await claim.end({
    result: { turnId, agent: scope.agent, name, sessionId, workspace: scope.workspace, ...timed, ...told },
    journal: {
      key: { agent: scope.agent, sessionId },
      turn: { turnId, at, startedAt: at, name, prompt, ...told },
      after: { names: { scope, change: () => [], used } },
    },
  });
}
