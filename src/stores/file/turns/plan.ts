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

/** How the agent's record of a conversation stood as a turn began: what is behind it was said since. */
export interface TranscriptMark {
  bytes: number;
  /** Absent where there was no record. */
  inode?: string;
}

/** What a turn is, written down before anything of it runs. */
export interface TurnPlan {
  v: 1;
  turnId: string;
  /** `once` is a turn without a name and without a conversation that stays. */
  kind: "create" | "send" | "once";
  /** Where the name lives; `scope.agent` runs the turn. */
  scope: NameScope;
  /** Absent for a conversation that is continued by its id alone. */
  name?: string;
  /** Where the agent runs. */
  cwd: string;
  /** The conversation it continues, or the id that was chosen for a new one; absent when the agent chooses. */
  sessionId?: string;
  /** The conversation whose history a new one begins with. */
  forkOf?: string;
  /** The conversation whose place a new one takes, because it is lost. */
  freshFor?: string;
  continuity: Continuity;
  command: { file: string; args: string[] };
  /** Whether the agent reads something else than the prompt from its standard input. */
  hasOwnStdin?: boolean;
  /** Files to remove with the turn's folder. */
  temporaryFiles?: string[];
  model?: string;
  effort?: string;
  /** The wrapper it runs in, and what is passed on to the agent, for the name to remember; empty for none. */
  agentCommand?: string;
  agentArgs?: string[];
  roleText?: string;
  /** Whether the role is another one than that of the conversation's first turn. */
  isRoleChanged?: boolean;
  access?: Access;
  schemaText?: string;
  startedAt: string;
  /** Its place among all that was asked for in the boot of its caller; absent in plans of 0.1. */
  arrival?: string;
  /** The process that asked for the turn. */
  caller: ProcessIdentity;
  /** Who that is, in words for people. */
  calledBy?: string;
  /** When the turn is to be ended, if it still runs then. */
  deadlineAt?: string;
  /** How much its agent may write, stdout and stderr together, before the turn is ended. */
  maxOutputBytes?: number;
  /** After how long a silence its callers want to be told. */
  stallMs?: number;
  /** Where the turn is a second attempt: how the first one's prompt is kept from being said twice. */
  retry?: Retry;
  /** How long the transcript was before the turn; absent where there was none. */
  transcriptBytes?: number;
  /** Where evidence of the turn begins, in a conversation that goes on; absent in plans of 0.1. */
  transcriptMark?: TranscriptMark;
  /** Bytes that other writers have added to it between our last turn and this one. */
  foreignBytes?: number;
  /** The agent's counters as its transcript had them, where they are not those of our last turn. */
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

/** When a planned turn was asked for. */
export function askedByPlan({ startedAt, arrival, caller }: TurnPlan): Asked {
  return { startedAt, arrival, boot: caller.boot };
}
