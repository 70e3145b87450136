import type { Context } from "../app/context.ts";
import type { Agent, Command, TurnRequest } from "../domain/agent/agent.ts";

/** Below the 131,071 bytes that Linux allows for one argument. */
const ARGUMENT_BYTES = 120_000;

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

export interface DraftOptions {
  stage: "create" | "json" | "stream";
  prompt: string;
  effort: string | undefined;
  /** Codex: a role that is put before the prompt in this call. */
  promptRole?: string | undefined;
  /** Codex 0.169.0 no longer knows `--full-auto`; a setting has the same meaning. */
  isFullAutoGone?: boolean;
}

/** How the original script starts the agent for one turn. */
export interface Draft {
  command(request: TurnRequest): Command;
  /** Codex: the file that will contain the last message. */
  messageFile?: string | undefined;
}

/** Returns an agent that is started as the original script does, and refuses no more than the script did. */
export function drafted(agent: Agent, { command }: Draft, effort: string | undefined): Agent {
  return {
    ...agent,
    command,
    takesPromptId: () => false,
    takesEmptyPrompt: true,
    isSessionId: () => true,
    can: {
      ...agent.can,
      chooseId: false,
      efforts: effort === undefined ? agent.can.efforts : [effort],
    },
  };
}

/** Whether a text can't be passed as an argument: it is too long, or would be read as an option. */
export function needsStdin(text: string): boolean {
  return text.startsWith("-") || Buffer.byteLength(text) > ARGUMENT_BYTES;
}
