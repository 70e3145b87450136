import { toTerminal } from "../../system/terminal/text.ts";

/** How long nothing must have been printed before the line appears: what is over sooner needs none. */
const SILENCE_MS = 1000;
const ERASE = toTerminal("\r\u001b[2K");

interface Screen {
  write(text: string): void;
  columns(): number;
  /** Whether the terminal is this command's to write on, not that of a shell it runs in the background of. */
  isOurs(): boolean;
  nowMs(): number;
}

/** One line below what is printed, written over and over. Nothing of it stays. */
export class StatusLine {
  private shown = "";
  private silentSinceMs: number;

  constructor(private readonly screen: Screen) {
    this.silentSinceMs = screen.nowMs();
  }

  /** The longest line that stays one: in the last column many terminals begin the next. */
  get columns(): number {
    return this.screen.columns() - 1;
  }

  get isShown(): boolean {
    return this.shown !== "";
  }

  /** Writes the line over the last one, once it has been silent for long enough. */
  show(text: string): void {
    if (text === this.shown || this.screen.nowMs() - this.silentSinceMs < SILENCE_MS) return;
    if (!this.screen.isOurs()) return;
    this.screen.write(`${ERASE}${text}`);
    this.shown = text;
  }

  /** Takes the line away, and begins the silence anew. */
  clear(): void {
    this.silentSinceMs = this.screen.nowMs();
    if (this.shown === "") return;
    this.shown = "";
    if (this.screen.isOurs()) this.screen.write(ERASE);
  }
}
