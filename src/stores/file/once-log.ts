import { AppError } from "../../domain/errors.ts";
import type { Outcome } from "../../domain/turn/turn.ts";
import type { Usage } from "../../domain/turn/usage.ts";
import { writtenTo } from "../../system/files/folder.ts";
import { AppendLog } from "../../system/lines/append-log.ts";
import { GenerationLock } from "../../system/locks/generation-lock.ts";
import { withLock } from "../../system/locks/with-lock.ts";
import type { StateHome } from "./home.ts";

/** What is kept of a turn without a conversation: its usage, but none of its texts. */
export interface OnceEnded {
  turnId: string;
  at: string;
  agent: string;
  workspace: string;
  outcome: Outcome;
  model?: string;
  /** Absent when it can't be known. */
  usage?: Usage;
}

/** The log of this user's turns without a conversation. */
export class OnceLog {
  private readonly log: AppendLog;

  constructor(private readonly home: StateHome) {
    this.log = new AppendLog(home.onceLogPath, { v: 1, kind: "once" });
  }

  async append(ended: OnceEnded): Promise<void> {
    const path = this.home.onceLogPath;
    const append = () => this.log.append([ended]);
    if ((writtenTo(path)?.bytes ?? 0) > 0) return void append();
    // The first append also writes the header: the lock lets only one process do that.
    await withLock(
      new GenerationLock(`${path}.lock`),
      () => new Date(),
      append,
      () => new AppError("busy", `${path} was locked by another process for 30 seconds.`),
    );
  }

  /** Returns the turns, oldest first, without a torn last line. */
  read(): OnceEnded[] {
    // 0.1 wrote one more header for each turn that ended together with the first one.
    return (this.log.read().values as Partial<OnceEnded>[]).filter(
      (one): one is OnceEnded => one.turnId !== undefined,
    );
  }
}
