import type { Surroundings } from "../app/open-context.ts";
import type { StatusLine } from "./turn/status-line.ts";

/** Where a command's words go: data to `out`, talk to `err`. */
export interface Terminal {
  out(text: string): void;
  /** The same, for bytes, without holding up anything else while the reader is slow. */
  outLater(bytes: Uint8Array): Promise<void>;
  /** How long the reader has taken nothing of what waits for it. */
  unreadMs(): number;
  /** Waits no longer, when the command ends, for what the reader has not taken. */
  forgetUnprinted(): void;
  err(text: string): void;
  /** Whether a person can use a window of an agent here: both ends of the terminal are ours. */
  hasKeyboard: boolean;
  /** Whether a person reads the output as it comes. */
  isInteractive: boolean;
  /** Drawn where a person watches what is said to `err`, else undefined. Whatever is printed takes it away. */
  status: StatusLine | undefined;
  hasColor: { out: boolean; err: boolean };
}

/** Everything a command gets. Reading standard input is a function: most commands never do. */
export interface CommandIo {
  around: Surroundings;
  terminal: Terminal;
  readStdin(): Promise<string>;
  readFile(path: string): string;
  isFolder(path: string): boolean;
  /** The agent of a new conversation where nobody says which. */
  defaultAgent: string;
  /** Where this package is installed. */
  packageFolder: string;
  /**
   * From now on Ctrl-C and SIGTERM abort `signal`, with an AppError as its reason, and a second one `hurry`.
   * Until this is called they end the command at once.
   */
  catchSignals(): { signal: AbortSignal; hurry: AbortSignal };
  /** What to say when a hang-up or a closed pipe ends the command before its work. */
  setLastWords(text: string): void;
}
