import type { Field } from "./fields.ts";

/** The outcome of one command line. */
export interface LineResult {
  /** The object that the command has printed; absent if it has printed none. */
  json?: Record<string, unknown> | undefined;
  /** Why it failed; the same keys as in the JSON of an error. */
  error?: LineError | undefined;
}

export interface LineError {
  code: string;
  message: string;
  hint?: string | undefined;
  [fact: string]: unknown;
}

/** A command line of this program, to be run in this process. */
export interface Line {
  argv: readonly string[];
  /** What it reads from standard input. */
  input?: string | undefined;
  /** What it reads in the place of files: their text, by the paths that `argv` has. */
  files?: Readonly<Record<string, string>> | undefined;
  /** Stops the command; a turn goes on. */
  signal?: AbortSignal | undefined;
}

/** What a tool gets. */
export interface ToolCall {
  args: Readonly<Record<string, unknown>>;
  /** The most that an agent may be allowed over this server. */
  maxAccess: string;
  /** The agents that can be kept to an access. Others ask for what they choose to ask for. */
  limitable: readonly string[];
  /** How long a wait may last, in milliseconds: clients give up after some time of their own. */
  sliceMs: number;
  signal: AbortSignal;
  /** Returns a name that nobody has, which begins so. */
  newName(beginning: string): string;
  /** Runs a command line of this program for the caller, with `--json`. */
  run(line: Line): Promise<LineResult>;
  /** Tells the client what is going on, where it has asked for that. */
  progress(message: string): Promise<void>;
}

/** What a tool tells the model that called it. */
export interface ToolAnswer {
  view: Record<string, unknown>;
  isError?: true;
}

/** What clients are told of a tool, so that they can decide whether to ask somebody first. */
export interface ToolHints {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  openWorldHint: boolean;
  idempotentHint?: boolean;
}

/** A tool as data: nothing in it knows the protocol. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  fields: readonly Field[];
  hints: ToolHints;
  /** Whether the model sees it from the start, in clients that show most tools only on demand. */
  isAlwaysLoaded?: true;
  call(call: ToolCall): Promise<ToolAnswer>;
}
