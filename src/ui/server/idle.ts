/** Says when nobody has used the server for some time. What is under way is use. */
export class IdleWatch {
  private underWay = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly afterMs: number,
    private readonly onIdle: () => void,
  ) {
    this.wait();
  }

  /** Returns what to call when it is over. */
  begin(): () => void {
    this.underWay += 1;
    clearTimeout(this.timer);
    return () => {
      this.underWay -= 1;
      if (this.underWay === 0) this.wait();
    };
  }

  stop(): void {
    clearTimeout(this.timer);
    this.underWay = Number.POSITIVE_INFINITY;
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onIdle, this.afterMs);
  }
}
