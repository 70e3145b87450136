import type { Outcome } from "../domain/turn.ts";
import type { Usage } from "../domain/usage.ts";
import { AppendLog } from "../system/append-log.ts";
import type { StateHome } from "../system/state-home.ts";

/** What is kept of a turn without a conversation: what it used, and nothing of what was said. */
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

/** The turns without a conversation of this user. */
export class OnceLog {
  private readonly log: AppendLog;

  constructor(home: StateHome) {
    this.log = new AppendLog(home.onceLogPath, { v: 1, kind: "once" });
  }

  append(ended: OnceEnded): void {
    this.log.append([ended]);
  }

  /** Oldest first. A torn last line is left out. */
  read(): OnceEnded[] {
    return this.log.read().values as OnceEnded[];
  }
}
