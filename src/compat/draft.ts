import type { Context } from "../app/context.ts";
import type { DraftedCommand, TurnRequest } from "../domain/agent/agent.ts";

export type Draft = (request: TurnRequest, prompt: string) => DraftedCommand;

export interface DraftOptions {
  stage: "create" | "json" | "stream";
  /** Codex: a role that goes before the prompt of this call. */
  promptRole?: string | undefined;
  /** Codex 0.169.0 knows `--full-auto` no more; what it meant is a setting. */
  isFullAutoGone?: boolean;
}

export interface Drafted {
  draft: Draft;
  /** Codex: where the last message will be. */
  messageFile: string | undefined;
}

/** What every sub-command that runs the agent works out first, in the order of the original scripts. */
export interface Prepared {
  /** The context in which the agent inherits the env file. */
  context: Context;
  words: string[];
  isPowerShell: boolean;
  model: string | undefined;
  effort: string | undefined;
  deadlineSeconds: number | undefined;
}
