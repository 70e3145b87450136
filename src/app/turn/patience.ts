/** Waits for those who are told of a turn, until the turn is being ended: who no longer reads must not hold it up. */
export class Patience {
  private isOver = false;
  private wake: (() => void) | undefined;

  /**
   * Waits for a promise, but only until `end` is called. One call at a time. Not `Promise.race`: it would leak a reaction
   * for each line of the turn.
   */
  async waitFor(told: Promise<unknown>): Promise<void> {
    try {
      await new Promise<unknown>((resolve, reject) => {
        told.then(resolve, reject);
        this.wake = () => resolve(undefined);
        if (this.isOver) this.wake();
      });
    } finally {
      this.wake = undefined;
    }
  }

  end(): void {
    this.isOver = true;
    this.wake?.();
  }
}
