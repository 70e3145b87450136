import type { SessionStore } from "../../domain/store.ts";
import { type Claim, type ClaimEnd, type LineOrder, MOST_ATTEMPTS } from "../../domain/turn/line.ts";
import type { TurnResult } from "../../domain/turn/turn.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { endedOf } from "../turn/ending/result.ts";

/** What a worker does with turns whose worker is gone. */
export type OnLost = "fail" | "resend";

/** Whether a turn has to end as `unknown`: its agent had begun on a machine that is gone, with all that it knew. */
export function isLostForGood({ order, attempt, before }: Claim, onLost: OnLost): boolean {
  if (!before?.hasBegun) return false;
  return (order.onUnknown ?? onLost) === "fail" || attempt > MOST_ATTEMPTS;
}

/** Returns the end of such a turn. The conversation is as it was before it. */
export async function lostEnd(
  store: SessionStore,
  { order, before, attempt }: Claim,
  now: Date,
): Promise<ClaimEnd> {
  const { sessionId, scope } = order;
  const result = unknownResult(order, before?.worker ?? "a worker", attempt - 1, now);
  if (sessionId === undefined) return { result };
  const key = { agent: scope.agent, sessionId };
  const last = await store.session(key).journal.last();
  const { agentVersion, counters, transcript } = last ?? {};
  const turn = {
    ...endedOf(result, order.prompt),
    ...withoutUndefined({ agentVersion, counters, transcript }),
  };
  return { result, journal: { key, turn } };
}

function unknownResult(
  { turnId, scope, name, sessionId, acceptedAt, begins }: LineOrder,
  worker: string,
  attempts: number,
  now: Date,
): TurnResult {
  const times = attempts === 1 ? "" : `, in attempt ${attempts}`;
  return withoutUndefined({
    turnId,
    name,
    agent: scope.agent,
    workspace: scope.workspace,
    sessionId,
    outcome: "unknown" as const,
    continuity: begins?.continuity ?? ("native" as const),
    text: "",
    startedAt: acceptedAt,
    endedAt: now.toISOString(),
    durationMs: Math.max(0, now.getTime() - Date.parse(acceptedAt)),
    process: "cold" as const,
    failure: {
      code: "agent_failed" as const,
      message: `The agent had begun on ${worker}${times}, which gives no sign of life. What it did there is not known.`,
      hint: "The conversation is as it was before: ask again.",
    },
    isPromptKept: false,
  });
}
