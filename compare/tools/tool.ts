import type { Sandbox } from "../../test/support/sandbox.ts";

export type Argv = readonly string[];

/** A program that continues conversations by a name: the same things asked of it in its own words. */
export interface Tool {
  key: "ours" | "theirs" | "alone";
  /** How it is called in progress and errors. */
  title: string;
  /** What it needs in its environment beside what every agent gets. */
  extraEnvironment: Record<string, string>;
  /** The commands that begin a conversation, and say the first prompt in it. */
  begin(name: string, prompt: string): readonly Argv[];
  /** Prints the answer alone on standard output. */
  say(name: string, prompt: string): Argv;
  once(prompt: string): Argv;
}

/** A tool that keeps names, which the agent alone does not. */
export interface NamingTool extends Tool {
  key: "ours" | "theirs";
  /** Returns at once when the prompt is accepted. */
  queue(name: string, prompt: string): Argv;
  /** Continues with an agent that has stayed from the prompt before, and lets it stay. */
  sayWarm(name: string, prompt: string): Argv;
  list(): Argv;
  status(name: string): Argv;
  /** Takes away what the tool itself has kept of the agent's transcripts. */
  removeCopies(sandbox: Sandbox): void;
}

export function isNaming(tool: Tool): tool is NamingTool {
  return tool.key !== "alone";
}
