import type { TranscriptEvent } from "./transcript.ts";

/**
 * How copies of a conversation are made and put back by commands of its agent, where the agent has no file of it that
 * could be kept.
 */
export interface CopyCommands {
  /** Returns the arguments of the command that prints a copy of a conversation. */
  take(sessionId: string): string[];
  /** Returns the arguments of the command that makes a conversation, under its own id, of a copy in a file. */
  putBack(path: string): string[];
  /** Whether the output of that command says that it has done so: its exit code alone may lie. */
  isBack(output: string, sessionId: string): boolean;
  /** Returns what a copy contains, in its order; undefined for a text that is no whole copy of this conversation. */
  read(copy: string, sessionId: string): TranscriptEvent[] | undefined;
}
