import type { Context } from "../app/context.ts";
import type { DraftedCommand, TurnRequest } from "../domain/agent/agent.ts";

export type Draft = (request: TurnRequest, prompt: string) => DraftedCommand;

export interface DraftOptions {
  stage: "create" | "json" | "stream";
  /** Codex: a role that is put before the prompt in this call. */
  promptRole?: string | undefined;
  /** Codex 0.169.0 no longer knows `--full-auto`; a setting has the same meaning. */
  isFullAutoGone?: boolean;
}

export interface Drafted {
  draft: Draft;
  /** Codex: the file that will contain the last message. */
  messageFile: string | undefined;
}

/** What every sub-command that runs the agent determines first, in the order of the original scripts. */
export interface Prepared {
  /** The context in which the agent inherits the env file. */
  context: Context;
  words: string[];
  isPowerShell: boolean;
  model: string | undefined;
  effort: string | undefined;
  deadlineSeconds: number | undefined;
}
