import type { Surroundings } from "../app/open-context.ts";

/** Where a command's words go: data to `out`, talk to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether a person reads the output as it comes. */
  isInteractive: boolean;
  hasColor: { out: boolean; err: boolean };
}

/** Everything a command gets. Reading standard input is a function: most commands never do. */
export interface CommandIo {
  around: Surroundings;
  terminal: Terminal;
  readStdin(): Promise<string>;
  readFile(path: string): string;
  /** Aborts on Ctrl-C and SIGTERM, with an AppError as its reason. */
  signal: AbortSignal;
}
