import type { Connection, Transaction } from "../connection.ts";

const CHANNEL = "agent_sessions_turn";

/** The text of a notice on `agent_sessions_turn`: of which turn, and by which attempt if it is told by whoever has it. */
export function noticeOf(turnId: string, attempt?: number): string {
  return attempt === undefined ? turnId : `${turnId} ${attempt}`;
}

/** Tells whoever follows a turn that there is something new, as a part of a transaction. */
export function tellOf(queries: Transaction, turnId: string, attempt?: number): void {
  queries.send("select pg_notify($1, $2)", [CHANNEL, noticeOf(turnId, attempt)]);
}

/** Calls `onNews` for each such notice; without a turn where some may have been missed. Returns what ends it. */
export function hearOf(
  connection: Connection,
  onNews: (turnId: string | undefined, attempt: number | undefined) => void,
): () => void {
  return connection.listen(CHANNEL, (notice) => {
    const [turnId, attempt] = notice?.split(" ") ?? [];
    onNews(turnId, attempt === undefined ? undefined : Number(attempt));
  });
}

interface Followed {
  /** Whether something was heard of it since it was looked at. */
  isNew: boolean;
  wake: Set<() => void>;
}

/** The turns that somebody here follows. */
export class FollowedTurns {
  private readonly turns = new Map<string, Followed>();

  /** What is heard of the turn from now on is news. */
  looked(turnId: string): void {
    const followed = this.turns.get(turnId);
    if (followed !== undefined) followed.isNew = false;
  }

  /** Something was heard of a turn; without one, it may be any. */
  ring(turnId: string | undefined): void {
    for (const [id, followed] of this.turns) {
      if (turnId !== undefined && turnId !== id) continue;
      followed.isNew = followed.wake.size === 0;
      for (const wake of followed.wake) wake();
    }
  }

  /** Resolves with the next news of a turn; at the latest after `timeoutMs`, or when the signal is aborted. */
  async changed(turnId: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const followed = this.turns.get(turnId) ?? { isNew: true, wake: new Set<() => void>() };
    this.turns.set(turnId, followed);
    if (followed.isNew) {
      followed.isNew = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        followed.wake.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      followed.wake.add(done);
      if (signal?.aborted) done();
      else signal?.addEventListener("abort", done, { once: true });
    });
  }
}
