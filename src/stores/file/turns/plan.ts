import { asBudget, type Budget } from "../../../domain/budget/budget.ts";
import { asScope, type NameScope } from "../../../domain/names/name.ts";
import type { ProgramFile } from "../../../domain/session/session.ts";
import {
  both,
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
  texts,
} from "../../../domain/shape.ts";
import type { Asked } from "../../../domain/turn/asked.ts";
import { promptIdOf } from "../../../domain/turn/prompt-id.ts";
import { SETTINGS, type TurnSettings } from "../../../domain/turn/settings.ts";
import { CONTINUITIES, type Continuity, RETRIES, type Retry } from "../../../domain/turn/turn.ts";
import { asCounters, type Counters } from "../../../domain/turn/usage.ts";
import { asProcessIdentity, type ProcessIdentity } from "../../../system/processes/identity.ts";

/** The size and inode of the transcript when a turn began: everything after that was said since. */
export interface TranscriptMark {
  bytes: number;
  /** Absent where there was no transcript. */
  inode?: string;
}

/** What the conversation of a create begins with. */
export type Beginning =
  | { continuity: "new"; forkOf?: undefined; freshFor?: undefined }
  /** The history of another conversation. */
  | { continuity: "forked"; forkOf: string; freshFor?: undefined }
  /** Nothing, in place of a conversation that is lost. */
  | { continuity: "fresh"; freshFor: string; forkOf?: undefined };

/** The first turn of a conversation that is kept. */
export type PlannedCreate = Beginning & {
  kind: "create";
  /** The id chosen for the conversation; absent when the agent chooses it. */
  sessionId?: string | undefined;
  /** The counters that a fork continues from, where they are known. */
  countersBefore?: Counters | undefined;
  retry?: undefined;
  transcriptBytes?: undefined;
  foreignBytes?: undefined;
};

/** A turn in a conversation that exists. */
export interface PlannedSend {
  kind: "send";
  continuity: Continuity;
  sessionId: string;
  forkOf?: undefined;
  freshFor?: undefined;
  /** For a second attempt: how it avoids saying the first attempt's prompt twice. */
  retry?: Retry | undefined;
  /** The size of the transcript before the turn; absent where there was none. */
  transcriptBytes?: number | undefined;
  /** Where evidence of the turn begins; absent in plans of 0.1. */
  transcriptMark?: TranscriptMark | undefined;
  /** Bytes that other writers added to the transcript between our last turn and this one. */
  foreignBytes?: number | undefined;
  /** The agent's counters in its transcript, if they differ from those of our last turn. */
  countersBefore?: Counters | undefined;
}

/** A turn without a name, whose conversation is not kept. */
export interface PlannedOnce {
  kind: "once";
  continuity: "new";
  sessionId?: undefined;
  forkOf?: undefined;
  freshFor?: undefined;
  retry?: undefined;
  transcriptBytes?: undefined;
  foreignBytes?: undefined;
  countersBefore?: undefined;
}

interface AnyPlan extends TurnSettings {
  v: 1;
  turnId: string;
  /** Where the name lives; `scope.agent` runs the turn. */
  scope: NameScope;
  /** Absent for a conversation that is continued by its id alone. */
  name?: string | undefined;
  /** Where the agent runs. */
  cwd: string;
  command: { file: string; args: string[]; env?: Readonly<Record<string, string>> | undefined };
  /** Whether the agent's stdin is something else than the prompt. */
  hasOwnStdin?: boolean | undefined;
  /** The id that the prompt is sent with; absent if it has none. */
  promptId?: string | undefined;
  /** The program that starts the agent, and what is known of it; absent where that does not matter. */
  program?: (ProgramFile & { takesPromptIds?: boolean | undefined }) | undefined;
  /** Files to delete with the turn's folder. */
  temporaryFiles?: string[] | undefined;
  roleText?: string | undefined;
  /** The budget of the name that the turn begins; absent if it has none. */
  budget?: Budget | undefined;
  /** The turn is ended once it has used this many tokens; absent if it is not ended for that. */
  endsAtTokens?: number | undefined;
  /** Whether the role differs from that of the conversation's first turn. */
  isRoleChanged?: boolean | undefined;
  startedAt: string;
  /** The turn's place among all requests in the boot of its caller; absent in plans of 0.1. */
  arrival?: string | undefined;
  /** The process that asked for the turn. */
  caller: ProcessIdentity;
  /** The caller, in words for people. */
  calledBy?: string | undefined;
  /** When the turn must be ended, if it still runs then. */
  deadlineAt?: string | undefined;
  /** Of a first turn that was accepted to run in the background: who may run it, and how often that was tried. */
  accepted?:
    | {
        /** Which processes may run it, as `reachOf` returns it. */
        reach?: string | undefined;
        /** How many processes were started for it, one after another, and when the last one. */
        starts: number;
        lastAt: string;
      }
    | undefined;
  /** Of a first turn: what an agent has to be started with that is to wait for the turn after it. */
  afterwards?:
    | {
        launcher: string[];
        partials: boolean;
        /** How long a keeper keeps it; absent if the process that runs the turn does. */
        keepWarmMs?: number | undefined;
      }
    | undefined;
}

/** What a turn is to do, written down before anything of it runs. */
export type TurnPlan = AnyPlan & (PlannedCreate | PlannedSend | PlannedOnce);

const asAny: Shape<AnyPlan> = object({
  ...SETTINGS,
  v: literal(1),
  turnId: text,
  scope: asScope,
  name: maybe(text),
  cwd: text,
  command: object({ file: text, args: list(text), env: maybe(texts) }),
  hasOwnStdin: maybe(flag),
  promptId: maybe(text),
  program: maybe(
    object({
      launcher: list(text),
      inode: text,
      bytes: number,
      changedMs: number,
      takesPromptIds: maybe(flag),
    }),
  ),
  temporaryFiles: maybe(list(text)),
  roleText: maybe(text),
  budget: maybe(asBudget),
  endsAtTokens: maybe(number),
  isRoleChanged: maybe(flag),
  startedAt: text,
  arrival: maybe(text),
  caller: asProcessIdentity,
  calledBy: maybe(text),
  deadlineAt: maybe(text),
  accepted: maybe(object({ reach: maybe(text), starts: number, lastAt: text })),
  afterwards: maybe(object({ launcher: list(text), partials: flag, keepWarmMs: maybe(number) })),
});

const asBeginning: Shape<Beginning> = either(
  object({ continuity: literal("new") }),
  either(
    object({ continuity: literal("forked"), forkOf: sessionId }),
    object({ continuity: literal("fresh"), freshFor: text }),
  ),
);

const asCreate: Shape<PlannedCreate> = both(
  asBeginning,
  object({
    kind: literal("create"),
    sessionId: maybe(sessionId),
    countersBefore: maybe(asCounters),
  }),
);

const asSend: Shape<PlannedSend> = object({
  kind: literal("send"),
  continuity: oneOf(CONTINUITIES),
  sessionId,
  retry: maybe(oneOf(RETRIES)),
  transcriptBytes: maybe(number),
  transcriptMark: maybe(object({ bytes: number, inode: maybe(text) })),
  foreignBytes: maybe(number),
  countersBefore: maybe(asCounters),
});

const asOnce: Shape<PlannedOnce> = object({ kind: literal("once"), continuity: literal("new") });

export const asPlan: Shape<TurnPlan> = both(asAny, either(asCreate, either(asSend, asOnce)));

/** Returns when a planned turn was asked for. */
export function askedByPlan({ startedAt, arrival, caller }: TurnPlan): Asked {
  return { startedAt, arrival, boot: caller.boot };
}

/** Returns the id of its prompt for a process that runs more than one turn. */
export function sentIdOf({ promptId, turnId }: TurnPlan): string {
  return promptId ?? promptIdOf(turnId);
}
