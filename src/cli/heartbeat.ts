import type { TurnEvent } from "../domain/turn.ts";
import { Progress } from "./progress.ts";

const COLUMNS = 120;

/** Tells now and then what a turn is doing, a line each time, where nobody watches a terminal. */
export class Heartbeat {
  private progress: Progress | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly everyMs: number,
    private readonly tell: (line: string) => void,
  ) {}

  start(): void {
    this.progress = new Progress(performance.now());
    this.timer = setInterval(() => this.beat(), this.everyMs).unref();
  }

  take(event: TurnEvent): void {
    this.progress?.take(event);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    if (this.progress !== undefined) this.tell(`${this.progress.lineFor(performance.now(), COLUMNS)}\n`);
  }
}
