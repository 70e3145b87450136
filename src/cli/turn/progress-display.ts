import type { TurnEvent } from "../../domain/turn/turn.ts";
import type { Style } from "../output/style.ts";
import { Progress } from "./progress.ts";
import type { StatusLine } from "./status-line.ts";

const REDRAW_MS = 100;

/** Shows in the status line what a turn is doing, from its start to its end. */
export class ProgressDisplay {
  private progress: Progress | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly status: StatusLine,
    private readonly style: Style,
    /** The status line would erase an unfinished line of output. */
    private readonly isAtLineStart: () => boolean,
  ) {}

  start(): void {
    this.progress = new Progress(performance.now());
    this.status.clear();
    this.timer = setInterval(() => this.draw(), REDRAW_MS).unref();
  }

  take(event: TurnEvent): void {
    this.progress?.take(event);
  }

  /** Erases the line for good. */
  stop(): void {
    clearInterval(this.timer);
    this.status.clear();
  }

  private draw(): void {
    if (this.progress === undefined || !this.isAtLineStart()) return;
    this.status.show(this.style.dim(this.progress.lineFor(performance.now(), this.status.columns)));
  }
}
