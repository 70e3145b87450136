import { ACCESSES, type Access } from "../../../domain/agent/access.ts";
import { asScope, type NameScope } from "../../../domain/names/name.ts";
import {
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
import { asProcessIdentity, type ProcessIdentity } from "../../../system/processes/identity.ts";

/** What was asked for when a turn was accepted to run later, in the background. */
export interface AcceptedTurn {
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
  usedId?: string;
  cwd: string;
  /** The place in the conversation's queue. */
  arrival: string;
  acceptedAt: string;
  calledBy: string;
  /** The process that accepted the turn and starts the process that runs it. */
  caller: ProcessIdentity;
  /** The words that start the agent. */
  launcher: string[];
  agentArgs: string[];
  /** The wrapper in `launcher`, for the name to remember. */
  agentCommand?: string;
  model?: string;
  effort?: string;
  access?: Access;
  schemaText?: string;
  partials?: boolean;
  ifBusy: "wait" | "fail";
  withOpenWindow?: boolean;
  trustTranscript?: boolean;
  isRetry?: boolean;
  deadlineAt?: string;
  maxOutputBytes?: number;
  stallMs?: number;
}

export const asAccepted: Shape<AcceptedTurn> = object({
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
  agentCommand: maybe(text),
  model: maybe(text),
  effort: maybe(text),
  access: maybe(oneOf(ACCESSES)),
  schemaText: maybe(text),
  partials: maybe(flag),
  ifBusy: oneOf(["wait", "fail"]),
  withOpenWindow: maybe(flag),
  trustTranscript: maybe(flag),
  isRetry: maybe(flag),
  deadlineAt: maybe(text),
  maxOutputBytes: maybe(number),
  stallMs: maybe(number),
});

/** Returns when an accepted turn was asked for. */
export function askedByRequest({ acceptedAt, arrival, caller }: AcceptedTurn): Asked {
  return { startedAt: acceptedAt, arrival, boot: caller.boot };
}
