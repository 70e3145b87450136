import { AppError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";

export interface GcRequest {
  /** For callers that have not read the result of an ended turn yet, and for a look at its output. */
  keepTurnsMs: number;
  /** How much output is kept of turns whose callers have their results; the newest turns are kept. */
  keepToldBytes: number;
  /** For conversations without a name. */
  keepSessionsMs: number;
  /** The time at which items must have been old enough already. Default: now. */
  asOfMs?: number | undefined;
  dryRun?: boolean | undefined;
  /** Called between items; gc stops when it returns false. Default: gc never stops early. */
  mayGoOn?: (() => boolean) | undefined;
}

/** A conversation that was removed: our record and copy of it, never the agent's files. */
export interface CollectedSession {
  agent: string;
  /** Absent for the rest of an earlier removal that was cut off. */
  sessionId?: string | undefined;
  /** ISO 8601; absent if unknown. */
  lastUsedAt?: string | undefined;
}

/** What was removed, or would be. */
export interface Collected {
  /** Turns that had ended. */
  turns: number;
  /** The last-use files of callers that have not been seen for long. */
  callers: number;
  /** Gates of workspaces that have had no name for long. */
  gates: number;
  /** Folders that never became turns, old request ids, and the rest of removals that were cut off. */
  litter: number;
  sessions: CollectedSession[];
  /** The freed disk space; less than the files' sizes if the agent still has its transcript. */
  freedBytes: number;
  /** What was not removed although it may be garbage, and why. */
  skipped: { path: string; why: string }[];
  /** False if gc stopped early. */
  isComplete: boolean;
}

/** One run of gc: its request, and what it has done so far. */
export class Collection {
  readonly collected: Collected = {
    turns: 0,
    callers: 0,
    gates: 0,
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
    // The clock counts whole milliseconds, a file system their fractions: a file is never from the future.
    return this.nowMs - Math.floor(changedMs) >= keepMs;
  }

  /** Whether gc may go on; to be called between items. */
  mayGoOn(): boolean {
    if (this.collected.isComplete && this.request.mayGoOn?.() === false) this.collected.isComplete = false;
    return this.collected.isComplete;
  }

  skip(path: string, why: string): void {
    this.collected.skipped.push({ path, why });
  }

  /**
   * Handles one item. An item that can't be read or removed is skipped, and the others are still collected.
   */
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
