import { toTerminal } from "../../system/terminal/text.ts";

/** The line appears when nothing was printed for this long: a shorter turn needs none. */
const SILENCE_MS = 1000;
const ERASE = toTerminal("\r\u001b[2K");

interface Screen {
  write(text: string): void;
  columns(): number;
  /** Whether this command may write to the terminal: false if it runs in the background of a shell. */
  isOurs(): boolean;
  nowMs(): number;
}

/** One line below the output, redrawn again and again. It is erased in the end. */
export class StatusLine {
  private shown = "";
  private silentSinceMs: number;

  constructor(private readonly screen: Screen) {
    this.silentSinceMs = screen.nowMs();
  }

  /** The longest line that does not wrap: many terminals begin the next line after the last column. */
  get columns(): number {
    return this.screen.columns() - 1;
  }

  get isShown(): boolean {
    return this.shown !== "";
  }

  /** Draws the line over the last one, once nothing was printed for long enough. */
  show(text: string): void {
    if (text === this.shown || this.screen.nowMs() - this.silentSinceMs < SILENCE_MS) return;
    if (!this.screen.isOurs()) return;
    this.screen.write(`${ERASE}${text}`);
    this.shown = text;
  }

  /** Erases the line and restarts the wait. */
  clear(): void {
    this.silentSinceMs = this.screen.nowMs();
    if (this.shown === "") return;
    this.shown = "";
    if (this.screen.isOurs()) this.screen.write(ERASE);
  }
}
