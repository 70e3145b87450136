import type { Config } from "../app/config/read.ts";
import type { Context } from "../app/context.ts";
import type { Surroundings } from "../app/surroundings.ts";
import type { Edited } from "../system/terminal/editor.ts";
import type { StatusLine } from "./turn/status-line.ts";

/** Where a command's output goes: data to `out`, messages to `err`. */
export interface Terminal {
  out(text: string): void;
  /**
   * The same for a text that may be longer than the terminal is high: there it goes to a pager, if one is wanted:
   * $PAGER, else `pager`.
   */
  page(text: string, isWanted: boolean, pager?: string): void;
  /** The same for bytes. It does not block while the reader is slow. */
  outLater(bytes: Uint8Array): Promise<void>;
  /** How long the reader has not read anything although output is waiting. */
  unreadMs(): number;
  /** From now on, the end of the command does not wait for output that the reader has not read. */
  forgetUnprinted(): void;
  err(text: string): void;
  /** Rings the bell and shows `text` as a notification, where a person watches `err`. */
  call(text: string): void;
  /** Whether a person can use a window of an agent here: input and output are both a terminal. */
  hasKeyboard: boolean;
  /** Whether standard input is a terminal. */
  isTyped: boolean;
  /** Whether a person reads the output as it comes. */
  isInteractive: boolean;
  /** The size of the terminal that `out` goes to; undefined if that is none. */
  size(): { columns: number; rows: number } | undefined;
  /** The status line, if a person watches `err`, else undefined. Any output erases it. */
  status: StatusLine | undefined;
  hasColor: { out: boolean; err: boolean };
}

/** What a command receives. Standard input is a function because most commands never read it. */
export interface CommandIo {
  around: Surroundings;
  /** Opens the user's state. `notify` shows people one sentence; by default on stderr. */
  openContext(notify?: Surroundings["notify"], ownAgents?: readonly string[]): Context;
  terminal: Terminal;
  readStdin(): Promise<string>;
  /** Lets the person write a text in an editor, in a new file below `temp`. Only where there is a keyboard. */
  edit(editor: readonly string[], temp: string): Promise<Edited>;
  /** Asks the person at the keyboard; false unless the answer is yes. Only where there is a keyboard. */
  confirm(question: string): Promise<boolean>;
  /** What is to be done when the exit code is known and everything is printed. */
  atEnd(work: (exitCode: number) => void): void;
  readFile(path: string): string;
  isFolder(path: string): boolean;
  /** The settings of the user in the folder that the command is about. */
  config: Config;
  /** Reads the settings for a folder; there are none where the program has none. */
  readConfig(workspace: string): Promise<Config>;
  /** The agent of a new conversation if the user does not choose one. */
  defaultAgent: string;
  /** Where this package is installed. */
  packageFolder: string;
  /**
   * From now on Ctrl-C and SIGTERM abort `signal`, with an AppError as its reason; the second one aborts
   * `hurry`. Before this call they end the command at once.
   */
  catchSignals(): { signal: AbortSignal; hurry: AbortSignal };
  /** Runs another command line of the same program, with what it is given here; what it throws is thrown. */
  runLine(argv: readonly string[], io: CommandIo): Promise<number>;
  /**
   * Loads commands before they are called. A process that stays does so at its start: later, an upgrade may have put
   * other files in the place of those that it needs. What can't be loaded is told when it is called.
   */
  loadCommands(verbs: readonly string[]): Promise<void>;
  /**
   * Sets the message for the case that a hang-up or a closed pipe ends the command before its work is done.
   */
  setLastWords(text: string): void;
}
