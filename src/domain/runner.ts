import type { AppError } from "./errors.ts";
import type { NameScope } from "./names/name.ts";
import type { Workspaces } from "./names/workspaces.ts";
import type { SessionKey } from "./session/session.ts";
import type { Activity } from "./turn/activity.ts";
import type { Asked } from "./turn/asked.ts";
import type { Cancellation } from "./turn/cancellation.ts";
import type { TurnSettings } from "./turn/settings.ts";
import type { TurnResult } from "./turn/turn.ts";

/** Which turns are meant; all of this user if it is empty. */
export interface TurnsMeant {
  workspace?: Workspaces;
  agent?: string | undefined;
  /** Only those that have begun in this conversation; needs `agent`. */
  sessionId?: string | undefined;
}

/** Where a turn was sent to. */
export interface SentTurn {
  turnId: string;
  /** The scope of its name; `scope.agent` runs it. */
  scope: NameScope;
  /** The name that it was sent to; absent for a conversation that is continued by its id alone. */
  name?: string | undefined;
  /** The name that it was accepted under, which may differ if the turn has followed the name. */
  acceptedAs?: string | undefined;
  /** The conversation; of a turn that has not begun, the one that the name pointed at. Absent while it has no id. */
  sessionId?: string | undefined;
  /** The id that a new conversation will have, if it was chosen before it began. */
  chosenId?: string | undefined;
  /** Its place among all turns. */
  asked: Asked;
}

/**
 * How far a turn has come that has not ended.
 *
 * - `queued`: accepted, and not begun yet
 * - `running`: a process sees to it
 * - `unattended`: that process is gone, the agent still runs
 * - `elsewhere`: it runs on another machine or in another container
 * - `unsettled`: it has ended, but its end could not be recorded
 */
export type TurnState = "queued" | "running" | "unattended" | "elsewhere" | "unsettled";

/** A turn that has not ended. */
export interface UnendedTurn extends SentTurn {
  state: TurnState;
  /** Where the agent runs. */
  workspace: string;
  /** When it was accepted, or began; ISO 8601. */
  since: string;
  calledBy?: string | undefined;
  deadlineAt?: string | undefined;
  /** The agent's process, where it can be seen. */
  pid?: number | undefined;
  /** The worker that runs it, on whatever machine; absent for a turn of this one. */
  worker?: string | undefined;
  /** Why its end could not be recorded. */
  problem?: AppError | undefined;
  /** What keeps its end from being recorded, in words for people. */
  note?: string | undefined;
  /** Why nobody sees to a turn that has not begun, in words for people; absent if somebody does. */
  waitsBecause?: string | undefined;
}

/** A turn that has ended, as long as its result is kept for callers who come back. */
export interface KeptTurn extends SentTurn {
  state: "ended";
  result: TurnResult;
}

/** What a request is made for: a conversation, or a name whose conversation it begins. */
export type RequestPlace = SessionKey | { workspace: string; name: string };

/** A request that was made: its turn, the note of whoever has made it, and what is known of that process. */
export interface MadeRequest {
  turnId: string;
  note: string | undefined;
  owner: "alive" | "gone" | "elsewhere";
}

/** The claim on a request with an id: it says which turn the request belongs to. */
export interface RequestClaim {
  /** Returns undefined if nobody has made the request. */
  made(): Promise<MadeRequest | undefined>;
  /**
   * Makes the request. Returns what takes it back; undefined if another process was faster, or has made it and
   * still lives.
   */
  take(turnId: string, note: string): Promise<(() => Promise<void>) | undefined>;
}

/** A turn to be accepted: it runs though whoever has asked for it is gone. */
export type TurnOrder =
  | SendOrder
  /** The first turn of a conversation, which is written down already. */
  | { kind: "first"; turnId: string; workspace: string };

/** A turn in the conversation of a name. */
export interface SendOrder extends TurnSettings {
  kind: "send";
  turnId: string;
  prompt: string;
  scope: NameScope;
  name: string;
  /** The conversation that the name pointed at then; at its start, the turn goes by the name. */
  sessionId: string;
  /**
   * The conversation that the name must still point at when the turn starts; a conversation that came from it
   * counts, too.
   */
  usedId?: string | undefined;
  workspace: string;
  /** The place in the conversation's queue. */
  arrival: string;
  calledBy: string;
  /** The words that start the agent. */
  launcher: readonly string[];
  partials?: boolean | undefined;
  ifBusy: "wait" | "fail";
  withOpenWindow?: boolean | undefined;
  trustTranscript?: boolean | undefined;
  overBudget?: boolean | undefined;
  isRetry?: boolean | undefined;
  /** How long the agent's process stays after the turn. Default: it does not. */
  keepWarmMs?: number | undefined;
  deadlineAt?: string | undefined;
}

/** What an unended turn does, as far as its output shows it. */
export interface TurnProgress {
  /** When the agent last wrote output, ISO 8601; absent before the first output. */
  lastOutputAt?: string | undefined;
  outputBytes: number;
  doing?: Activity | undefined;
  /** Whether the agent has been silent for longer than its caller asked to be told. */
  isStalled: boolean;
  /** Whether the agent has exited, while processes that it has started still have its output open. */
  isLeftBehind: boolean;
  /**
   * The tokens that it has used so far, by all of its output. Absent where they were not asked for, where the agent does
   * not tell them on the way, and where the output is too long to be read at each look.
   */
  tokens?: number | undefined;
}

/** The agent's output of a turn. It stays readable until `close`, whatever happens to the turn meanwhile. */
export interface TurnOutput {
  /** Yields the agent's own bytes until `over` settles. A chunk is valid only until the next one is asked for. */
  chunks(over: Promise<unknown>): AsyncIterable<Buffer>;
  close(): void;
}

/**
 * Who sees to turns. Whoever asks for turns, follows, ends or lists them knows this interface alone: no folder, no
 * process, no machine.
 */
export interface Runner {
  /**
   * Accepts a turn. Resolves once the order is durable and in its place, and somebody sees to it. Later errors become
   * the result of the turn.
   *
   * @throws AppError `unsupported` where nobody could see to it
   */
  accept(order: TurnOrder): Promise<void>;
  /**
   * Sees to it that an accepted turn is run from here, though it was accepted elsewhere or long ago. Does nothing to a
   * turn that has begun or ended.
   */
  run(turnId: string): Promise<void>;
  /** Returns the claim on the request that has this id. */
  claim(place: RequestPlace, id: string): RequestClaim;
  /** Brings the turns up to date whose processes are gone: their ends are recorded, their names published. */
  refresh(meant: TurnsMeant): Promise<void>;
  /** Refreshes, and returns what has not ended: what runs before what is queued, each as it was asked for. */
  unended(meant: TurnsMeant): Promise<UnendedTurn[]>;
  /**
   * Refreshes one turn and returns it; undefined if there is no such turn, or if its result is only in the journal
   * of its conversation.
   */
  look(turnId: string): Promise<UnendedTurn | KeptTurn | undefined>;
  /** Returns the results that are kept for callers who come back, also those that are in no journal. */
  kept(meant: Pick<TurnsMeant, "workspace" | "agent">): Promise<KeptTurn[]>;
  /** Resolves when a turn may have changed, after `timeoutMs`, or when the signal is aborted. */
  changed(turnId: string, timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Returns why nobody sees to a turn that waits, in words for people. Undefined where somebody does, or will soon. */
  whyWaiting(turnId: string): Promise<string | undefined>;
  /** Returns what an unended turn does; `withTokens` adds up what it has used, for which all of its output is read. */
  progress(turnId: string, options?: { withTokens?: boolean }): Promise<TurnProgress | undefined>;
  /** Returns the prompt of an unended turn. */
  prompt(turnId: string): Promise<string | undefined>;
  /** Opens the output of a turn, with `fromNow` behind what is there; undefined if it is not kept. */
  output(turnId: string, options?: { fromNow?: boolean | undefined }): Promise<TurnOutput | undefined>;
  /**
   * Asks for the end of a turn, with every process that it has started. Resolves when the processes are gone; the
   * end of the turn is recorded then, or soon.
   */
  askToEnd(turnId: string, by: Cancellation): Promise<void>;
}
