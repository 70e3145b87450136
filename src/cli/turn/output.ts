import { setTimeout as sleep } from "node:timers/promises";
import type { Asker } from "../../app/ask/askers/asker.ts";
import { type Detached, inBackground } from "../../app/ask/askers/background.ts";
import { byKeeper } from "../../app/ask/askers/by-keeper.ts";
import { here } from "../../app/ask/askers/here.ts";
import type { Context } from "../../app/context.ts";
import type { TurnResult } from "../../app/turn/ending/result.ts";
import { turnView } from "../../app/turn/ending/view.ts";
import type { StartedTurn, TurnListener } from "../../app/turn/running/listener.ts";
import type { Watcher } from "../../app/watch/replay.ts";
import { exitCodeOf } from "../../domain/errors.ts";
import { pick, snakeLine } from "../../domain/json-line.ts";
import { EventLines, TYPES_OF_LINES, versionedLine } from "../../domain/turn/event-lines.ts";
import type { TurnEvent } from "../../domain/turn/turn.ts";
import { quoteWord } from "../../domain/words.ts";
import { type CommonOptions, placeFlags } from "../options.ts";
import { formatDuration, formatUsage } from "../output/numbers.ts";
import { styleFor } from "../output/style.ts";
import { printableLines } from "../output/table.ts";
import type { CommandIo, Terminal } from "../terminal.ts";
import { Heartbeat } from "./heartbeat.ts";
import { ProgressDisplay } from "./progress-display.ts";

/** After a turn was ended, the longest time that a reader may read nothing of the remaining output. */
const GIVE_UP_MS = 1_000;
const LOOK_MS = 100;
const NEWLINE = 0x0a;

type Mode = "json" | "stream" | "events" | "live" | "answer";

interface OutputOptions extends CommonOptions {
  stream?: boolean;
  events?: boolean;
  partials?: boolean;
  quiet?: boolean;
  /** Whether the turn runs in the background. */
  detach?: boolean;
  /** Whether a keeper runs the turn, and this command follows it. */
  isByKeeper?: boolean;
  isReplay?: boolean;
  heartbeat?: number;
  /** Whether a person wants to be called at the end. */
  notify?: boolean;
  /** Whether the conversation is kept although it has no name. */
  isKept?: boolean;
}

interface FinishOptions {
  /** Whether the text was printed while it came. */
  hasStreamed?: boolean;
  /** Makes what is printed of the answer. */
  render?: (answer: string) => string;
}

/** What a command gets for its turn: the result, or where to find it later. */
export type Delivered = TurnResult | Detached;

/**
 * Shows a turn while it runs and after it: as one JSON object, as the agent's stream, as events, or as text. A person at
 * a terminal sees the text as it arrives; a script that captures the output gets only the answer.
 */
export class TurnOutput {
  private readonly mode: Mode;
  /** Whether the message that is being printed came in pieces. */
  private hasPieces = false;
  private isAtLineStart = true;
  private readonly isQuiet: boolean;
  private readonly isKept: boolean;
  private readonly wantsCall: boolean;
  private readonly isDetached: boolean;
  private readonly isByKeeper: boolean;
  /** The options with which a later command finds the same name. */
  private readonly where: string;
  private readonly progress: ProgressDisplay | undefined;
  private readonly heartbeatMs: number | undefined;
  private heartbeat: Heartbeat | undefined;
  private readonly hasPartials: boolean;
  private lines: EventLines | undefined;

  constructor(
    private readonly io: CommandIo,
    options: OutputOptions,
  ) {
    const { terminal } = io;
    this.where = placeFlags(options);
    // A replayed turn was not shown while it ran, so its answer is printed at the end.
    const text = terminal.isInteractive && !options.isReplay ? "live" : "answer";
    this.mode = options.events ? "events" : options.stream ? "stream" : options.json ? "json" : text;
    this.hasPartials = options.partials === true;
    this.isQuiet = options.quiet === true;
    this.isKept = options.isKept === true;
    this.isDetached = options.detach === true;
    this.wantsCall = (options.notify ?? io.config.notify) === true;
    this.isByKeeper = options.isByKeeper === true;
    this.heartbeatMs = terminal.status === undefined ? options.heartbeat : undefined;
    // The reader of a stream may print to the same terminal at any time, and shows the progress itself.
    if (terminal.status !== undefined && !this.isQuiet && !this.isLines) {
      this.progress = new ProgressDisplay(
        terminal.status,
        styleFor(terminal.hasColor.err),
        () => this.isAtLineStart,
      );
    }
  }

  /**
   * Whether to ask the agent for its text piece by piece; only then it reports its tokens during the turn.
   */
  get wantsPartials(): boolean {
    return this.mode === "live" || this.progress !== undefined;
  }

  /** Whether lines of JSON are printed while the turn runs. */
  private get isLines(): boolean {
    return this.mode === "stream" || this.mode === "events";
  }

  private get watchesAll(): boolean {
    return this.mode === "live" || this.progress !== undefined || this.heartbeat !== undefined;
  }

  /** Opens the user's state; what it tells people goes where the other messages of the turn go. */
  openContext(): Context {
    return this.io.openContext((message) => this.talk(`${message}\n`));
  }

  /** Prints a message for people that is neither the answer nor an error. */
  talk(text: string): void {
    if (this.isQuiet) return;
    // Only when the answer is shown as it comes do both go to the same place.
    const isShared = this.mode === "live";
    this.io.terminal.err(isShared && !this.isAtLineStart ? `\n${text}` : text);
    if (isShared) this.isAtLineStart = true;
  }

  /** Returns who runs the turn, as the options say. */
  runner(): Asker<Delivered> {
    if (this.isDetached) return inBackground();
    return this.isByKeeper ? byKeeper(this.listen()) : here(this.listen());
  }

  /** Prints what came of the turn and returns the exit code. */
  async deliver(turn: Delivered): Promise<number> {
    return "outcome" in turn ? this.finish(turn) : this.accepted(turn);
  }

  /** Returns the listener for the turn. From this call on, Ctrl-C and SIGTERM end the turn. */
  listen(): TurnListener {
    if (this.heartbeatMs !== undefined)
      this.heartbeat = new Heartbeat(this.heartbeatMs, (line) => this.talk(line));
    const watcher = this.watcher();
    const setLastWords = (turn: StartedTurn) => this.io.setLastWords(goesOn(turn, this.where, this.isKept));
    return {
      ...this.io.catchSignals(),
      ...watcher,
      onAccepted: setLastWords,
      onStarted: (turn) => {
        setLastWords(turn);
        return watcher.onStarted?.(turn);
      },
      onSilence: (silentMs) =>
        this.talk(`The agent has printed nothing for ${formatDuration(silentMs)}; the turn continues.\n`),
    };
  }

  /** Returns the part of the listener that shows the turn. */
  watcher(): Watcher {
    return {
      onBytes: this.mode === "stream" ? (bytes) => this.pass(bytes) : undefined,
      onStarted: (turn) => {
        this.progress?.start();
        this.heartbeat?.begin();
        return this.mode === "events" ? this.begin(turn) : undefined;
      },
      onEvent: (event) => this.tell(event),
      eventTypes: this.watchesAll ? undefined : this.mode === "events" ? TYPES_OF_LINES : ["retry"],
    };
  }

  /** Prints how to find a turn that was handed over to the background, and returns the exit code. */
  private accepted(detached: Detached): number {
    const { terminal } = this.io;
    const { name, turnId } = detached;
    terminal.out(this.mode === "json" ? snakeLine(acceptedView(detached)) : `${turnId}\n`);
    if (this.mode === "live")
      this.talk(
        `Get its answer with: agent-sessions wait ${quoteWord(name)} --turn ${turnId}${this.where}\n`,
      );
    return 0;
  }

  /** Prints that the name of a new conversation exists, and returns the exit code. */
  existing(
    agent: string,
    workspace: string,
    { name, sessionId }: Pick<Detached, "name" | "sessionId">,
  ): number {
    const view = { type: "agent_sessions.existing", name, agent, sessionId, workspace, created: false };
    if (this.mode === "json" || this.isLines) this.io.terminal.out(this.recordOf(view));
    else this.talk(`${JSON.stringify(name)} already exists (${sessionId}).\n`);
    return 0;
  }

  /** Prints the result of the turn and returns the exit code. */
  async finish(turn: TurnResult, options: FinishOptions = {}): Promise<number> {
    this.progress?.stop();
    if (this.wantsCall) this.io.terminal.call(callOf(turn));
    this.heartbeat?.stop();
    const isEnded = turn.outcome === "deadline" || turn.outcome === "cancelled";
    // If the output can't be written any more, the error can't be reported either; the exit code stays the
    // same.
    const told = this.printResult(turn, options).then(
      () => true,
      () => true,
    );
    // A reader that has stopped reading must not delay a user who ended the turn; a slow reader still gets
    // everything.
    while (!(await Promise.race([told, ...(isEnded ? [sleep(LOOK_MS, false)] : [])]))) {
      if (this.io.terminal.unreadMs() < GIVE_UP_MS) continue;
      this.io.terminal.forgetUnprinted();
      break;
    }
    if (turn.foreignBytes !== undefined) {
      this.talk(
        `This conversation was also continued outside agent-sessions since its last turn (${turn.foreignBytes} bytes).\n`,
      );
    }
    const { failure, foreignPrompts: taken = 0 } = turn;
    const isShown = this.progress !== undefined && this.io.terminal.isInteractive && this.mode !== "json";
    // What went wrong is the last thing that is said.
    if (isShown && failure === undefined)
      this.talk(`${styleFor(this.io.terminal.hasColor.err).dim(endOf(turn))}\n`);
    if (taken > 0) {
      const what = taken === 1 ? "a message" : `${taken} messages`;
      this.talk(
        `Before your prompt, the agent took ${what} that others had queued. Usage up to that point is not charged to this turn; the answer may be to all messages.\n`,
      );
    }
    if (failure === undefined) return 0;
    printFailure(this.io.terminal, failure.message, failure.hint);
    if (turn.isPromptKept === true && turn.isOvertaken !== true && turn.name !== undefined) {
      this.talk(
        `The agent already has this prompt; don't send it again. Retry: agent-sessions send --retry ${quoteWord(turn.name)}${this.where}\n`,
      );
    }
    return exitCodeOf(failure.code);
  }

  private async printResult(turn: TurnResult, options: FinishOptions): Promise<void> {
    const { hasStreamed = this.mode === "live", render = (answer: string) => answer } = options;
    const { terminal } = this.io;
    if (this.mode === "live" && hasStreamed) return this.endLine();
    const isRecord = this.mode === "json" || this.isLines;
    if (isRecord) return terminal.outLater(Buffer.from(`${this.lineEnd}${this.recordOf(turnView(turn))}`));
    const answer = render(turn.text);
    const text = answer === "" || answer.endsWith("\n") ? answer : `${answer}\n`;
    if (answer === turn.text) await terminal.outLater(Buffer.from(text));
    // Its colours are ours, which only this way leaves as they are.
    else terminal.out(text);
  }

  /** Most events are not shown, so there is nothing to wait for. */
  private tell(event: TurnEvent): Promise<void> | undefined {
    this.progress?.take(event);
    this.heartbeat?.take(event);
    // The progress display shows retries itself.
    if (event.type === "retry" && this.progress === undefined)
      this.talk(`The agent retries${countOf(event)}: ${event.reason}\n`);
    if (this.mode === "events") return this.printLines(event);
    return this.mode === "live" ? this.show(event) : undefined;
  }

  /** A lost conversation may be followed by a fresh one, in a turn of its own. */
  private begin(turn: StartedTurn): Promise<void> {
    this.lines = new EventLines(turn.turnId, { partials: this.hasPartials });
    return this.print(this.lines.start(turn));
  }

  private printLines(event: TurnEvent): Promise<void> | undefined {
    const lines = this.lines?.take(event) ?? "";
    return lines === "" ? undefined : this.print(lines);
  }

  private recordOf(view: object): string {
    return this.mode === "events" ? versionedLine(view) : snakeLine(view);
  }

  private async show(event: TurnEvent): Promise<void> {
    if (event.type === "retry") await this.endLine();
    else if (event.type === "text-delta") {
      this.hasPieces = true;
      await this.print(event.text);
    } else if (event.type === "text") {
      if (!this.hasPieces) await this.print(event.text);
      this.hasPieces = false;
      await this.endLine();
    }
  }

  /** The agent's own bytes, as they are. */
  private pass(bytes: Uint8Array): Promise<void> {
    this.isAtLineStart = bytes.at(-1) === NEWLINE;
    return this.io.terminal.outLater(bytes);
  }

  private async print(text: string): Promise<void> {
    if (text === "") return;
    this.isAtLineStart = text.endsWith("\n");
    await this.io.terminal.outLater(Buffer.from(text));
  }

  private async endLine(): Promise<void> {
    await this.print(this.lineEnd);
  }

  /** Returns what must be printed before our own output: an agent may stop in the middle of a line. */
  private get lineEnd(): string {
    return this.isAtLineStart ? "" : "\n";
  }
}

/** Says which turn has ended, and how. */
function callOf({ name = "the turn", outcome, durationMs }: TurnResult): string {
  // The name is not the first word: terminals read a number there as a command of theirs.
  return `agent-sessions: ${name} ${outcome.replace("_", " ")} after ${formatDuration(durationMs)}`;
}

/** Says in one line what a turn has taken, and which turn it was. */
function endOf({ durationMs, usage, turnId, name }: TurnResult): string {
  const cost = usage === undefined ? "usage unknown" : formatUsage(usage);
  // A turn without a name is found by nobody.
  return [formatDuration(durationMs), cost, ...(name === undefined ? [] : [turnId])].join("  ");
}

function acceptedView(detached: Detached): object {
  return {
    type: "agent_sessions.accepted",
    ...pick(detached, "turnId", "name", "agent", "sessionId", "workspace", "reboundFrom"),
  };
}

/** Returns the last message of a command whose turn outlives it. */
function goesOn({ turnId, name }: { turnId: string; name?: string }, where: string, isKept: boolean): string {
  if (name === undefined && isKept)
    return `The turn (${turnId}) continues; its answer will be part of the conversation.\n`;
  if (name === undefined) return `The turn (${turnId}) continues, and its answer is lost.\n`;
  return `The turn continues. Get its answer with: agent-sessions wait ${quoteWord(name)} --turn ${turnId}${where}\n`;
}

/** Returns the number of the retry if the agent counts them. */
function countOf({ attempt, of }: { attempt: number; of?: number }): string {
  if (attempt === 0) return "";
  return of === undefined ? ` (${attempt})` : ` (${attempt} of ${of})`;
}

/** Prints one error for people: what happened, and on the next line what to do. */
export function printFailure(terminal: Terminal, message: string, hint: string | undefined): void {
  const style = styleFor(terminal.hasColor.err);
  terminal.err(`${style.red("error:")} ${printableLines(message)}\n`);
  if (hint !== undefined) terminal.err(`${style.dim(printableLines(hint))}\n`);
}
