import type { DraftedCommand, TurnRequest } from "../domain/agent/agent.ts";
import type { Script } from "./run/invocation.ts";
import type { Prepared } from "./run/prepare.ts";

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

/** How the agent's command line is drawn up for one stage of a script. */
export type DraftFor = (script: Script, prepared: Prepared, options: DraftOptions) => Drafted;
