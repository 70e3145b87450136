import type { TurnEvent } from "../../domain/turn/turn.ts";
import { formatElapsed } from "../output/numbers.ts";
import { Progress } from "./progress.ts";

const COLUMNS = 120;

/** Reports at intervals, one line each time, what a turn is doing, if no terminal shows it. */
export class Heartbeat {
  private readonly askedAtMs = performance.now();
  private readonly timer: NodeJS.Timeout;
  private progress: Progress | undefined;

  constructor(
    everyMs: number,
    private readonly tell: (line: string) => void,
  ) {
    this.timer = setInterval(() => this.beat(), everyMs).unref();
  }

  /** Reports from now on what the agent does, instead of "waiting". */
  begin(): void {
    this.progress = new Progress(this.askedAtMs);
  }

  take(event: TurnEvent): void {
    this.progress?.take(event);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    const nowMs = performance.now();
    const waiting = `${formatElapsed(nowMs - this.askedAtMs)}  waiting`;
    this.tell(`${this.progress?.lineFor(nowMs, COLUMNS) ?? waiting}\n`);
  }
}
