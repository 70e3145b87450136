import type { Budget } from "../budget/budget.ts";
import { AppError } from "../errors.ts";
import type { NameEdit, NameScope, NameTable } from "../names/name.ts";
import type { SessionKey, TurnEnded } from "../session/session.ts";
import type { Piece } from "../session/transcript-store.ts";
import type { AfterTurn } from "../store.ts";
import type { LineTree } from "../tree/tree.ts";
import { withoutUndefined } from "../without-undefined.ts";
import type { Cancellation } from "./cancellation.ts";
import type { TurnSettings } from "./settings.ts";
import type { Outcome, TurnResult } from "./turn.ts";

/** What the conversation of a first turn begins with. */
export type LineBeginning =
  | { continuity: "new" }
  | { continuity: "forked"; forkOf: string }
  | { continuity: "fresh"; freshFor: string };

/** A turn for whoever works on the line, on any machine. It names nothing of the machine that asks. */
export interface LineOrder extends TurnSettings {
  turnId: string;
  /** The name's workspace is its identity, the same on every machine. */
  scope: NameScope;
  name: string;
  prompt: string;
  calledBy: string;
  /** ISO 8601. */
  acceptedAt: string;
  deadlineAt?: string | undefined;
  /** The conversation that the name pointed at; absent for a first turn. */
  sessionId?: string | undefined;
  /** Only of a first turn, whose name is reserved for it. */
  begins?: LineBeginning | undefined;
  roleText?: string | undefined;
  isRoleChanged?: boolean | undefined;
  /** What the name of a first turn may use. */
  budget?: Budget | undefined;
  /** Begin though the budget of the name is used up. */
  overBudget?: boolean | undefined;
  isRetry?: boolean | undefined;
  /** The conversation that the name must still point at, or one that came from it. */
  usedId?: string | undefined;
  partials?: boolean | undefined;
  trustTranscript?: boolean | undefined;
  /** Whether it is refused where another turn of the conversation has not ended. */
  ifBusy?: "wait" | "fail" | undefined;
  /** Whether it is sent although a window on its worker's machine has the conversation. */
  withOpenWindow?: boolean | undefined;
  /** The caller's own id of the request. */
  requestId?: string | undefined;
  /** Whether its caller has left it to others, and waits for nothing. */
  isDetached?: boolean | undefined;
  /** What becomes of a turn whose worker is gone after the agent had begun. Default: `fail`, which ends it as `unknown`. */
  onUnknown?: "fail" | "resend" | undefined;
  /** Which files it works on. Default: those of the worker's checkout as it stands. */
  tree?: LineTree | undefined;
  /** Of a tree that is carried: what its caller's folder has beyond the commit. Kept until the turn ends. */
  carried?: Uint8Array | undefined;
}

/** An order without what is only read by whoever runs it. */
export type LineOrderHead = Omit<LineOrder, "prompt" | "carried">;

/** A turn on the line, in any state. */
export interface LineTurn {
  order: LineOrderHead;
  state: "queued" | "running" | "ended";
  /** How many turns of the same conversation come before it; 0 for one that runs or has ended. */
  ahead: number;
  /** How many workers have taken it; 0 if none has. */
  attempt: number;
  /** The worker that has it, in words for people. */
  worker?: string | undefined;
  /** When its agent began; ISO 8601. */
  begunAt?: string | undefined;
  /** Why the worker that had it last has given it back; absent once its agent has begun. */
  waitsBecause?: string | undefined;
  cancellation?: Cancellation | undefined;
  /** The conversation; of a first turn, once it has begun. */
  sessionId?: string | undefined;
  /** Of one that has ended. */
  result?: TurnResult | undefined;
}

/** Which turns are meant; all if it is empty. */
export interface LineTurnsMeant {
  workspaces?: readonly string[] | undefined;
  agent?: string | undefined;
  sessionId?: string | undefined;
  /** Those that have ended lately instead of those that have not. */
  areEnded?: boolean | undefined;
}

/** What a request with an id was made for: a conversation, or a name whose conversation it begins. */
export type LinePlace = SessionKey | { workspace: string; name: string };

/** What a worker takes. */
export interface Serves {
  agents: readonly string[];
  workspaces: readonly string[];
  /** How many turns at once. */
  places: number;
}

/** The end of a turn. */
export interface ClaimEnd {
  result: TurnResult;
  /** What its conversation keeps of it; absent where no conversation has begun. */
  journal?: { key: SessionKey; turn: TurnEnded; after?: AfterTurn | undefined } | undefined;
  /** What the transcript has grown by. */
  growth?: readonly Piece[] | undefined;
  /** What the turn has changed in a working tree of its own, as git writes it; kept as long as the turn. */
  patch?: Uint8Array | undefined;
}

/** The claim was passed on: nothing that this worker writes counts any more. */
export class Fenced extends Error {
  override readonly name = "Fenced";

  constructor(turnId: string) {
    super(`The claim on turn ${turnId} was passed on to another worker.`);
  }
}

/** A worker's hold on one turn. Only one claim on a turn holds, and only one turn of a conversation is claimed. */
export interface Claim {
  readonly order: Omit<LineOrder, "carried">;
  /** Counts from 1; it is the fence. */
  readonly attempt: number;
  /** The attempt before this one, where it did not end. */
  readonly before?: { worker: string; attempt: number; hasBegun: boolean } | undefined;
  /** The conversation that an earlier attempt of a first turn has begun. */
  readonly begunIn?: string | undefined;
  /** Aborted once it is known that the claim was passed on: end the agent. */
  readonly lost: AbortSignal;
  /** Aborted when somebody asks for the end of the turn; its reason is the `Cancellation`. */
  readonly cancelled: AbortSignal;
  /** Returns what came with the order; undefined if nothing did. */
  carried(): Promise<Uint8Array | undefined>;
  /** Durable before the agent is let go. @throws Fenced */
  begun(): Promise<void>;
  /** The turn has begun this conversation. @throws Fenced */
  isIn(key: SessionKey): Promise<void>;
  /** Hands on what the agent prints, in order. Never throws, and may lose the end of it with the machine. */
  say(bytes: Uint8Array): void;
  /** All or nothing; tried again while the store is away. @throws Fenced */
  end(end: ClaimEnd): Promise<void>;
  /** The name has moved to this conversation: the turn waits there, with those behind it that were sent to the same name. */
  moveTo(key: SessionKey): Promise<void>;
  /** Nothing has begun: another worker may have it, in a while. Whoever looks at the turn is told why. */
  giveBack(why: string): Promise<void>;
}

/** A piece of what an agent has printed, in one attempt. */
export interface Said {
  attempt: number;
  /** Where the next piece begins. */
  next: number;
  bytes: Uint8Array;
}

/** How much an agent has printed in its newest attempt, and the end of it. */
export interface SaidSoFar {
  bytes: number;
  /** When the last of it came; ISO 8601. Absent if there is nothing. */
  at?: string | undefined;
  /** Its end, of whole lines unless it is all of it. */
  tail: Uint8Array;
}

/**
 * The line of turns that many machines share. Turns of one conversation run in the order in which they were accepted, one
 * after another; turns of different conversations at once.
 */
export interface TurnLine {
  /**
   * Durable and in its place when it resolves. A request id that was used for the conversation or the name: that turn, and
   * `isNew` false. What `names` changes in the names of the order's scope holds with a new turn: both, or neither.
   *
   * @throws AppError `busy`; `usage` where the request id was used with another prompt; what `names` throws
   */
  accept(
    order: LineOrder,
    names?: (names: NameTable) => NameEdit[],
  ): Promise<{ turnId: string; isNew: boolean }>;
  find(turnId: string): Promise<LineTurn | undefined>;
  prompt(turnId: string): Promise<string | undefined>;
  /** Returns the patch of what a turn has changed; undefined if none is kept. */
  patch(turnId: string): Promise<Uint8Array | undefined>;
  /** Those that run before those that wait, each as it was accepted. */
  list(meant: LineTurnsMeant): Promise<LineTurn[]>;
  /** Whether a worker that lives takes turns of an agent in a workspace. */
  isServed(place: { agent: string; workspace: string }): Promise<boolean>;
  /** Returns the turn of a request that was made. */
  made(place: LinePlace, requestId: string): Promise<{ turnId: string; promptSha: string } | undefined>;
  /** Ends a turn that waits; a worker is told to end one that runs. */
  askToEnd(turnId: string, by: Cancellation): Promise<void>;
  /** Resolves when a turn may have changed or its agent has printed something, after `timeoutMs`, or with the signal. */
  changed(turnId: string, timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Returns what the agent has printed from `from` on; what an earlier attempt has printed counts no more. */
  said(turnId: string, from: { attempt: number; next: number }): Promise<Said>;
  /** Returns how much that is by now, with at most about so much of its end. */
  saidSoFar(turnId: string, tailBytes: number): Promise<SaidSoFar>;
  /**
   * Calls `run` for the next turn of a conversation, never for two of one at once, until the signal; then waits for those
   * that run. What `run` throws gives the turn back.
   */
  work(serves: Serves, run: (claim: Claim) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** How often a turn is begun before its end is called unknown. */
export const MOST_ATTEMPTS = 3;

/** Returns the result of a turn that never began. */
export function neverBegan(
  { turnId, scope, name, sessionId, acceptedAt, begins }: LineOrderHead,
  failure: { outcome: Outcome; code: NonNullable<TurnResult["failure"]>["code"]; message: string },
  now: Date,
): TurnResult {
  const { outcome, code, message } = failure;
  return withoutUndefined({
    turnId,
    name,
    agent: scope.agent,
    workspace: scope.workspace,
    sessionId,
    outcome,
    continuity: begins?.continuity ?? ("native" as const),
    text: "",
    startedAt: acceptedAt,
    endedAt: now.toISOString(),
    durationMs: Math.max(0, now.getTime() - Date.parse(acceptedAt)),
    failure: { code, message },
    isPromptKept: false,
    hasRun: false as const,
  });
}

/** Why a turn ended that waited in the line. */
export interface EndInLine {
  code: "cancelled" | "terminated" | "deadline";
  message: string;
}

/** Returns the outcome of a turn that ended in the line. */
export function outcomeOf({ code }: EndInLine): Outcome {
  return code === "deadline" ? "deadline" : "cancelled";
}

/** Returns what gives a name back that was reserved for a turn which never begins. */
export function givenBack(
  { reserved }: NameTable,
  { name, turnId }: Pick<LineOrder, "name" | "turnId">,
): NameEdit[] {
  return reserved.get(name) === turnId ? [{ op: "unreserve", name }] : [];
}

/** Returns the end of what was printed: all of it, or whole lines of at most so many bytes. */
export function endOf(bytes: Uint8Array, most: number, isAll = true): Uint8Array {
  if (isAll && bytes.length <= most) return bytes;
  const from = Math.max(0, bytes.length - most);
  return bytes.subarray(bytes.indexOf(NEWLINE, from) + 1 || bytes.length);
}

const NEWLINE = 10;

/**
 * Whether a request may be made again: its turn has not run, or nobody knows, and the caller wants it then. Of a turn that
 * was ended before it began, a caller who has left it is told when he asks; one who has waited was told. A turn that its
 * worker has refused may be asked again in any case: over files it is refused before it is accepted.
 */
export function isOpen(
  {
    state,
    result,
    order,
  }: Pick<LineTurn, "state" | "result"> & { order: Pick<LineOrder, "begins" | "isDetached"> },
  { onUnknown }: Pick<LineOrder, "onUnknown">,
): boolean {
  if (state !== "ended" || result === undefined) return false;
  const hasLeftNothing = order.begins !== undefined && result.sessionId === undefined;
  // Who has waited for a conversation that never began was told so, and can only ask for it again.
  if (hasLeftNothing && result.outcome !== "unknown" && !order.isDetached) return true;
  const isRefused = result.outcome === "failed";
  const mayBegin = result.hasRun === false && (isRefused || !order.isDetached);
  return mayBegin || (result.outcome === "unknown" && onUnknown === "resend");
}

/** Returns where the request of an order is known. */
export function placeOf({ sessionId, scope, name }: LineOrder): LinePlace {
  return sessionId === undefined ? { workspace: scope.workspace, name } : { agent: scope.agent, sessionId };
}

export function busyWith({ name }: LineOrder, turnId: string): AppError {
  return new AppError("busy", `${JSON.stringify(name)} is busy: turn ${turnId} has not ended.`, {
    facts: { turn_id: turnId },
  });
}

/** @throws AppError `usage` where a request id is used again, for another agent */
export function refuseOtherAgent(
  { requestId, scope }: Pick<LineOrder, "requestId" | "scope">,
  made: string,
): void {
  if (made === scope.agent) return;
  throw new AppError("usage", `The request id ${JSON.stringify(requestId)} was used with ${made} here.`, {
    hint: "Give each request an id of its own.",
  });
}

/** Says why a turn is given back that nobody has reckoned with. */
export function reasonOf(error: unknown): string {
  return error instanceof AppError ? error.message : String(error);
}

export function usedOtherwise(id: string | undefined): AppError {
  return new AppError("usage", `The request id ${JSON.stringify(id)} was used with another prompt here.`, {
    hint: "Give each request an id of its own.",
  });
}
