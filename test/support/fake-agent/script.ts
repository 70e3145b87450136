import { join } from "node:path";

/** Path of the scripted agent. Which agent it plays is told by its arguments: `exec` makes it codex. */
export const FAKE_AGENT = join(import.meta.dirname, "fake-agent.cjs");

/** Path of the agent for benches: a shell script that answers at once. */
export const FAST_AGENT = join(import.meta.dirname, "fast-agent.sh");

/**
 * What the fake does with a turn, in this order: it writes the prompt into its transcript, announces itself,
 * leaves a grandchild, floods, writes raw lines and pieces, says where it is, waits, runs commands, answers, ends
 * the turn and exits. All of it may be left out, and then it behaves like the real one.
 */
export interface FakeScript {
  /** No `init` or `thread.started`: the id is never said at the start. */
  noStart?: boolean;
  grandchild?: {
    /** In a session of its own, out of reach of a signal to the agent's group. */
    setsid?: boolean;
    /** Default: a minute. */
    sleepMs?: number;
    /** Keeps the agent's stdout and stderr open, so that they do not end with the agent. */
    holdStdout?: boolean;
    ignoreSigterm?: boolean;
    /** A file to write the grandchild's pid into. */
    pidTo?: string;
  };
  /** The same, the child of a process that is gone, in a session of its own. */
  daemon?: { sleepMs?: number; holdStdout?: boolean; ignoreSigterm?: boolean; pidTo: string };
  stderrBytes?: number;
  /** Lines for stdout as they are, JSON or not. */
  writeRaw?: string[];
  /** So many pieces of text: `stream_event` for claude, `reasoning` items for codex. */
  stdoutLines?: number;
  /** One more line of this length when all is said. */
  bytesAfterEnd?: number;
  /** The least length of the text of each piece. */
  stdoutLineBytes?: number;
  lineEveryMs?: number;
  /** A file to write its own pid into once it has started, signals are set up and the waiting begins. */
  pidTo?: string;
  /** Waits until this file exists: the test says when it goes on. */
  waitForFile?: string;
  /** Commands that it runs one after the other, as its tools; each result is written to a file as a `ToolResult`. */
  run?: { argv: string[]; resultTo: string }[];
  sleepMs?: number;
  /** Ends in the middle of a line and of a character, without answer and terminal event. */
  cutMidCharacter?: boolean;
  /** The answer, or with `isError` the message. Default: `You said: <prompt> [prompts: n]`. */
  text?: string;
  /** The turn ends with an error, at no cost, with exit code 1. */
  isError?: boolean;
  noAnswer?: boolean;
  /** No `result` or `turn.completed`. */
  noTerminalEvent?: boolean;
  /** Stays for so long after its last word. */
  lingerMs?: number;
  exitCode?: number;
  /** Kills itself instead of exiting, after all that it had to say. */
  exitSignal?: NodeJS.Signals;
  ignoreSigint?: boolean;
  ignoreSigterm?: boolean;
  ignoreSighup?: boolean;
  /** The id it answers with, whatever it was asked for: the conversation has moved. */
  sessionId?: string;
  /** With `sessionId`: the new transcript begins with what was in the old one. */
  carryOver?: boolean;
  /** False: keeps none, and resumes any id. */
  transcript?: boolean;
  /** Codex: nothing is written to the file of `-o`. */
  noMessageFile?: boolean;
  /** A file to append a `FakeRecord` to at the begin and end of every run. */
  recordArgvTo?: string;
}

/** What came of a command that the fake has run. */
export interface ToolResult {
  code: number | null;
  stdout: string;
  /** How long it ran. */
  ms: number;
}

export interface FakeRecord {
  /** `end` is missing where the fake was killed. */
  event: "start" | "end";
  at: number;
  pid: number;
  agent: "claude" | "codex";
  sessionId?: string;
  argv: string[];
  cwd: string;
  /** The variables that begin with `AGENT_SESSIONS_`. */
  env: Record<string, string>;
  stdinBytes: number;
  stdinSha256: string;
  stdinIsFile: boolean;
}

/** A prompt that tells the fake what to do with it. */
export function fakePrompt(script: FakeScript, text: string): string {
  return `#fake ${JSON.stringify(script)}\n${text}`;
}

/** The same for all turns, as a variable for the environment. */
export function fakeEnvironment(script: FakeScript): { FAKE_AGENT: string } {
  return { FAKE_AGENT: JSON.stringify(script) };
}

export function readFakeRecords(text: string): FakeRecord[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line): FakeRecord => JSON.parse(line));
}
