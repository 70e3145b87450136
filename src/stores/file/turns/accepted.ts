import { asScope, type NameScope } from "../../../domain/names/name.ts";
import {
  flag,
  list,
  literal,
  maybe,
  object,
  oneOf,
  type Shape,
  sessionId,
  text,
} from "../../../domain/shape.ts";
import type { Asked } from "../../../domain/turn/asked.ts";
import { SETTINGS, type TurnSettings } from "../../../domain/turn/settings.ts";
import { asProcessIdentity, type ProcessIdentity } from "../../../system/processes/identity.ts";

/** What was asked for when a turn was accepted to run later, in the background. */
export interface AcceptedTurn extends TurnSettings {
  v: 1;
  turnId: string;
  scope: NameScope;
  name: string;
  /** The conversation that the name pointed at then; at its start, the turn goes by the name. */
  sessionId: string;
  /**
   * The conversation that the name must still point at when the turn starts; a conversation that came from it
   * counts, too.
   */
  usedId?: string | undefined;
  cwd: string;
  /** The place in the conversation's queue. */
  arrival: string;
  acceptedAt: string;
  calledBy: string;
  /** The process that accepted the turn and starts the process that runs it. */
  caller: ProcessIdentity;
  /** The words that start the agent. */
  launcher: string[];
  agentArgs: readonly string[];
  partials?: boolean | undefined;
  ifBusy: "wait" | "fail";
  withOpenWindow?: boolean | undefined;
  trustTranscript?: boolean | undefined;
  isRetry?: boolean | undefined;
  deadlineAt?: string | undefined;
}

export const asAccepted: Shape<AcceptedTurn> = object({
  ...SETTINGS,
  v: literal(1),
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
  launcher: list(text),
  agentArgs: list(text),
  partials: maybe(flag),
  ifBusy: oneOf(["wait", "fail"]),
  withOpenWindow: maybe(flag),
  trustTranscript: maybe(flag),
  isRetry: maybe(flag),
  deadlineAt: maybe(text),
});

/** Returns when an accepted turn was asked for. */
export function askedByRequest({ acceptedAt, arrival, caller }: AcceptedTurn): Asked {
  return { startedAt: acceptedAt, arrival, boot: caller.boot };
}
