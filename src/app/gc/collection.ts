import { AppError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";

export interface GcRequest {
  /** How long turns that have ended are kept, for callers who have not read them yet and for a look at their output. */
  keepTurnsMs: number;
  /** How much output is kept of turns whose callers have been told; the latest are kept. */
  keepToldBytes: number;
  /** How long conversations without a name are kept, so that the name can be given back. */
  keepSessionsMs: number;
  /** When things must have been old already; default: now. */
  asOfMs?: number | undefined;
  /** Only says what would be removed. */
  dryRun?: boolean | undefined;
  /** Asked between items; default: until everything is done. */
  mayGoOn?: (() => boolean) | undefined;
}

/** A conversation that was removed: our record and copy of it, never what the agent keeps. */
export interface CollectedSession {
  agent: string;
  /** Missing for what an earlier removal left behind when it was cut off. */
  sessionId?: string;
  /** ISO 8601; missing where nothing tells any more. */
  lastUsedAt?: string;
}

/** What was removed, or would be. */
export interface Collected {
  /** Turns that had ended. */
  turns: number;
  /** What callers long gone had used last. */
  callers: number;
  /** Folders that never became turns, and the rests of removals that were cut off. */
  litter: number;
  sessions: CollectedSession[];
  /** What the disk has got back; less than the sizes where the agent still has its transcript. */
  freedBytes: number;
  /** What was left alone although it may have been meant, and why. */
  skipped: { path: string; why: string }[];
  /** False where it was ended early. */
  isComplete: boolean;
}

/** One collection under way: what it is to do, and what it has done so far. */
export class Collection {
  readonly collected: Collected = {
    turns: 0,
    callers: 0,
    litter: 0,
    sessions: [],
    freedBytes: 0,
    skipped: [],
    isComplete: true,
  };
  private readonly nowMs: number;

  constructor(
    readonly context: Context,
    readonly request: GcRequest,
  ) {
    const nowMs = context.now().getTime();
    this.nowMs = Math.min(nowMs, request.asOfMs ?? nowMs);
  }

  isOld(changedMs: number, keepMs: number): boolean {
    return this.nowMs - changedMs >= keepMs;
  }

  /** Asked between items. */
  mayGoOn(): boolean {
    if (this.collected.isComplete && this.request.mayGoOn?.() === false) this.collected.isComplete = false;
    return this.collected.isComplete;
  }

  skip(path: string, why: string): void {
    this.collected.skipped.push({ path, why });
  }

  /** Does one item: one that can't be read or removed keeps nothing else from being collected. */
  attempt<T>(path: string, work: () => T, explain = (reason: string) => reason): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.skip(path, explain(error.message));
      return undefined;
    }
  }
}
