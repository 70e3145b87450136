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
