import { asScope } from "../../../domain/names/name.ts";
import type { SendOrder } from "../../../domain/runner.ts";
import {
  either,
  flag,
  list,
  literal,
  maybe,
  number,
  object,
  oneOf,
  type Shape,
  sessionId,
  text,
} from "../../../domain/shape.ts";
import type { Asked } from "../../../domain/turn/asked.ts";
import { SETTINGS } from "../../../domain/turn/settings.ts";
import { asProcessIdentity, type ProcessIdentity } from "../../../system/processes/identity.ts";

/** What was asked for when a turn was accepted to run later, in the background. */
export interface AcceptedTurn extends Omit<SendOrder, "kind" | "prompt" | "workspace" | "launcher"> {
  /** 1 in requests of 0.1, which no other process takes over: the turn ends with its attendant. */
  v: 1 | 2;
  cwd: string;
  acceptedAt: string;
  /** The process that accepted the turn and starts the process that runs it. */
  caller: ProcessIdentity;
  /** Which processes may run the turn, as `reachOf` returns it; absent in requests of 0.1. */
  reach?: string | undefined;
  launcher: string[];
  agentArgs: readonly string[];
}

export const asAccepted: Shape<AcceptedTurn> = object({
  ...SETTINGS,
  v: either(literal(1), literal(2)),
  turnId: text,
  scope: asScope,
  name: text,
  sessionId,
  usedId: maybe(sessionId),
  cwd: text,
  arrival: text,
  acceptedAt: text,
  calledBy: text,
  caller: asProcessIdentity,
  reach: maybe(text),
  launcher: list(text),
  agentArgs: list(text),
  partials: maybe(flag),
  ifBusy: oneOf(["wait", "fail"]),
  withOpenWindow: maybe(flag),
  trustTranscript: maybe(flag),
  overBudget: maybe(flag),
  isRetry: maybe(flag),
  keepWarmMs: maybe(number),
  deadlineAt: maybe(text),
});

/** Returns when an accepted turn was asked for. */
export function askedByRequest({ acceptedAt, arrival, caller }: AcceptedTurn): Asked {
  return { startedAt: acceptedAt, arrival, boot: caller.boot };
}
