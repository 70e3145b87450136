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
import { CONTINUITIES, type Continuity, RETRIES, type Retry } from "../../../domain/turn/turn.ts";
import { asCounters, type Counters } from "../../../domain/turn/usage.ts";
import { asProcessIdentity, type ProcessIdentity } from "../../../system/processes/identity.ts";

/** The size and inode of the transcript when a turn began: everything after that was said since. */
export interface TranscriptMark {
  bytes: number;
  /** Absent where there was no transcript. */
  inode?: string;
}

/** What a turn is to do, written down before anything of it runs. */
export interface TurnPlan {
  v: 1;
  turnId: string;
  /** `once` is a turn without a name, whose conversation is not kept. */
  kind: "create" | "send" | "once";
  /** Where the name lives; `scope.agent` runs the turn. */
  scope: NameScope;
  /** Absent for a conversation that is continued by its id alone. */
  name?: string;
  /** Where the agent runs. */
  cwd: string;
  /** The conversation it continues, or the id chosen for a new one; absent when the agent chooses the id. */
  sessionId?: string;
  /** The conversation whose history a new one begins with. */
  forkOf?: string;
  /** The lost conversation that a new one replaces. */
  freshFor?: string;
  continuity: Continuity;
  command: { file: string; args: string[] };
  /** Whether the agent's stdin is something else than the prompt. */
  hasOwnStdin?: boolean;
  /** Files to delete with the turn's folder. */
  temporaryFiles?: string[];
  model?: string;
  effort?: string;
  /** The wrapper, and the arguments passed on to the agent, for the name to remember; empty for none. */
  agentCommand?: string;
  agentArgs?: string[];
  roleText?: string;
  /** Whether the role differs from that of the conversation's first turn. */
  isRoleChanged?: boolean;
  access?: Access;
  schemaText?: string;
  startedAt: string;
  /** The turn's place among all requests in the boot of its caller; absent in plans of 0.1. */
  arrival?: string;
  /** The process that asked for the turn. */
  caller: ProcessIdentity;
  /** The caller, in words for people. */
  calledBy?: string;
  /** When the turn must be ended, if it still runs then. */
  deadlineAt?: string;
  /** How much the agent may write, stdout and stderr together, before the turn is ended. */
  maxOutputBytes?: number;
  /** After how long a silence of the agent its callers want a notice. */
  stallMs?: number;
  /** For a second attempt: how it avoids saying the first attempt's prompt twice. */
  retry?: Retry;
  /** The size of the transcript before the turn; absent where there was none. */
  transcriptBytes?: number;
  /** Where evidence of the turn begins, in a conversation that is continued; absent in plans of 0.1. */
  transcriptMark?: TranscriptMark;
  /** Bytes that other writers added to the transcript between our last turn and this one. */
  foreignBytes?: number;
  /** The agent's counters in its transcript, if they differ from those of our last turn. */
  countersBefore?: Counters;
}

export const asPlan: Shape<TurnPlan> = object({
  v: literal(1),
  turnId: text,
  kind: oneOf(["create", "send", "once"]),
  scope: asScope,
  name: maybe(text),
  cwd: text,
  sessionId: maybe(sessionId),
  forkOf: maybe(sessionId),
  freshFor: maybe(text),
  continuity: oneOf(CONTINUITIES),
  command: object({ file: text, args: list(text) }),
  hasOwnStdin: maybe(flag),
  temporaryFiles: maybe(list(text)),
  model: maybe(text),
  effort: maybe(text),
  agentCommand: maybe(text),
  agentArgs: maybe(list(text)),
  roleText: maybe(text),
  isRoleChanged: maybe(flag),
  access: maybe(oneOf(ACCESSES)),
  schemaText: maybe(text),
  startedAt: text,
  arrival: maybe(text),
  caller: asProcessIdentity,
  calledBy: maybe(text),
  deadlineAt: maybe(text),
  maxOutputBytes: maybe(number),
  stallMs: maybe(number),
  retry: maybe(oneOf(RETRIES)),
  transcriptBytes: maybe(number),
  transcriptMark: maybe(object({ bytes: number, inode: maybe(text) })),
  foreignBytes: maybe(number),
  countersBefore: maybe(asCounters),
});

/** Returns when a planned turn was asked for. */
export function askedByPlan({ startedAt, arrival, caller }: TurnPlan): Asked {
  return { startedAt, arrival, boot: caller.boot };
}
