import type { Detached } from "../app/detach.ts";
import type { Surroundings } from "../app/open-context.ts";
import type { TurnListener } from "../app/run-turn.ts";
import type { TurnResult } from "../app/turn-result.ts";
import { exitCodeOf } from "../domain/errors.ts";
import { quoteWord } from "../domain/posix-words.ts";
import type { TurnEvent } from "../domain/turn.ts";
import { acceptedRecord, jsonLine, turnRecord } from "./output/json.ts";
import { formatDuration } from "./output/numbers.ts";
import { styleFor } from "./output/style.ts";
import { ProgressDisplay } from "./progress-display.ts";
import type { CommandIo, Terminal } from "./terminal.ts";

const NEWLINE = 0x0a;

type Mode = "json" | "stream" | "live" | "answer";

/**
 * Shows a turn while it runs and after it: as one JSON object, as the agent's stream, or as text. A person
 * at a terminal sees text as it arrives; a script that captures the output gets the answer alone.
 */
export class TurnOutput {
  private readonly mode: Mode;
  /** Whether the message that is being printed came in pieces. */
  private hasPieces = false;
  private isAtLineStart = true;
  private readonly isQuiet: boolean;
  private readonly progress: ProgressDisplay | undefined;

  constructor(
    private readonly io: CommandIo,
    options: { json?: boolean; stream?: boolean; quiet?: boolean; isReplay?: boolean },
  ) {
    const { terminal } = io;
    // What has not been followed must be told at the end.
    const text = terminal.isInteractive && !options.isReplay ? "live" : "answer";
    this.mode = options.stream ? "stream" : options.json ? "json" : text;
    this.isQuiet = options.quiet === true;
    // Whoever reads a stream may print at any time on the same terminal, and shows what happens anyway.
    if (terminal.status !== undefined && !this.isQuiet && this.mode !== "stream") {
      this.progress = new ProgressDisplay(
        terminal.status,
        styleFor(terminal.hasColor.err),
        () => this.isAtLineStart,
      );
    }
  }

  /** Whether the agent should be asked for its text piece by piece; only then it tells its tokens on the way. */
  get wantsPartials(): boolean {
    return this.mode === "live" || this.progress !== undefined;
  }

  /** The process around the command, for `openContext`. */
  get around(): Surroundings {
    return { ...this.io.around, notify: (message) => this.talk(`${message}\n`) };
  }

  /** Says something to people that is neither the answer nor an error. */
  talk(text: string): void {
    if (this.isQuiet) return;
    if (this.mode === "live") this.endLine();
    this.io.terminal.err(text);
  }

  /** What the turn tells; from its making on, Ctrl-C and SIGTERM end the turn. */
  listen(): TurnListener {
    return {
      ...this.io.catchSignals(),
      onBytes: this.mode === "stream" ? (bytes) => this.pass(bytes) : undefined,
      onStarted: (turn) => {
        this.io.setLastWords(goesOn(turn));
        this.watch();
      },
      onSilence: (silentMs) =>
        this.talk(`The agent has said nothing for ${formatDuration(silentMs)}; it goes on.\n`),
      onEvent: (event) => this.tell(event),
    };
  }

  /** Shows the progress from now on. */
  watch(): void {
    this.progress?.start();
  }

  /** Prints where a turn that was left to the background can be found, and returns the exit code. */
  accepted(detached: Detached): number {
    const { terminal } = this.io;
    const { name, turnId } = detached;
    terminal.out(this.mode === "json" ? jsonLine(acceptedRecord(detached)) : `${turnId}\n`);
    if (this.mode === "live")
      this.talk(`Get its answer with: agent-sessions wait ${quoteWord(name)} --turn ${turnId}\n`);
    return 0;
  }

  /** Prints what the turn came to and returns the exit code. */
  finish(turn: TurnResult, { hasStreamed = this.mode === "live" } = {}): number {
    const { terminal } = this.io;
    this.progress?.stop();
    if (this.mode === "json") terminal.out(jsonLine(turnRecord(turn)));
    // In its turn: a reader that the turn did not wait for, because it was ended, has not got all of the stream.
    else if (this.mode === "stream")
      // Where nothing can be written any more, nobody can be told either; the exit code stands.
      this.pass(Buffer.from(`${this.lineEnd}${jsonLine(turnRecord(turn))}`)).catch(() => undefined);
    else if (this.mode === "live" && hasStreamed) this.endLine();
    else if (turn.text !== "") terminal.out(turn.text.endsWith("\n") ? turn.text : `${turn.text}\n`);
    if (turn.foreignBytes !== undefined) {
      this.talk(`Somebody else continued this conversation before this turn (${turn.foreignBytes} bytes).\n`);
    }
    const { failure } = turn;
    if (failure === undefined) return 0;
    printFailure(terminal, failure.message, failure.hint);
    if (turn.isPromptKept === true && turn.name !== undefined) {
      this.talk(
        `Its prompt is part of the conversation and is read again with the next one. Try again without saying it twice: agent-sessions send --retry ${quoteWord(turn.name)}\n`,
      );
    }
    return exitCodeOf(failure.code);
  }

  private tell(event: TurnEvent): void {
    this.progress?.take(event);
    // The progress tells of retries itself.
    if (event.type === "retry" && this.progress === undefined)
      this.talk(`The agent tries again${countOf(event)}: ${event.reason}\n`);
    if (this.mode !== "live") return;
    if (event.type === "retry") this.endLine();
    else if (event.type === "text-delta") {
      this.hasPieces = true;
      this.print(event.text);
    } else if (event.type === "text") {
      if (!this.hasPieces) this.print(event.text);
      this.hasPieces = false;
      this.endLine();
    }
  }

  /** The agent's own bytes, as they are. */
  private pass(bytes: Uint8Array): Promise<void> {
    this.isAtLineStart = bytes.at(-1) === NEWLINE;
    return this.io.terminal.outLater(bytes);
  }

  private print(text: string): void {
    if (text === "") return;
    this.io.terminal.out(text);
    this.isAtLineStart = text.endsWith("\n");
  }

  private endLine(): void {
    this.print(this.lineEnd);
  }

  /** What has to come before anything of ours: an agent may break off in the middle of a line. */
  private get lineEnd(): string {
    return this.isAtLineStart ? "" : "\n";
  }
}

/** The last words of a command whose turn outlives it. */
function goesOn({ turnId, name }: { turnId: string; name?: string }): string {
  if (name === undefined) return `Turn ${turnId} goes on.\n`;
  return `The turn goes on. Get its answer with: agent-sessions wait ${quoteWord(name)} --turn ${turnId}\n`;
}

/** Which attempt a retry is, where the agent counts them. */
function countOf({ attempt, of }: { attempt: number; of?: number }): string {
  if (attempt === 0) return "";
  return of === undefined ? ` (${attempt})` : ` (${attempt} of ${of})`;
}

/** One error for people: what happened, and below it what to do. */
export function printFailure(terminal: Terminal, message: string, hint: string | undefined): void {
  const style = styleFor(terminal.hasColor.err);
  terminal.err(`${style.red("error:")} ${message}\n`);
  if (hint !== undefined) terminal.err(`${style.dim(hint)}\n`);
}
