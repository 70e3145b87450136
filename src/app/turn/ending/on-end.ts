import { AppError } from "../../../domain/errors.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import { startInBackground } from "../../../system/processes/background.ts";
import { findExecutable } from "../../../system/processes/executable.ts";
import type { Context } from "../../context.ts";
import { detachedChain } from "../chain.ts";

/**
 * Returns the words of a command that a turn's caller wants run at its end, with the absolute path of its program: whoever
 * ends the turn may be in another folder.
 *
 * @throws AppError `usage` where there is no such program
 */
export function findOnEnd(context: Context, words: readonly string[]): string[] {
  const [program = "", ...args] = words;
  const file = findExecutable(program, context.env.PATH ?? "", context.cwd);
  if (file !== undefined) return [file, ...args];
  throw new AppError(
    "usage",
    `The command to run at the end, ${JSON.stringify(program)}, was not found or is not executable.`,
    { hint: "Give a program on PATH or a path to one, with its arguments. No shell reads it." },
  );
}

/** What the command is told of the turn, and where its result and its own output are; absent where nothing is kept. */
interface Ended extends Pick<TurnResult, "turnId" | "name" | "agent" | "workspace" | "outcome"> {
  resultPath: string | undefined;
  logPath: string | undefined;
}

/**
 * Starts the command that a turn's caller wants run at its end. It runs in the workspace and outlives this process, and
 * nobody waits for it. Of the answer it gets nothing but the path of a file.
 */
export async function runOnEnd(context: Context, words: readonly string[], ended: Ended): Promise<void> {
  const { turnId, name, agent, workspace, outcome, resultPath, logPath } = ended;
  const env = {
    ...context.env,
    // No turn waits for it, so it may wait for any of them.
    AGENT_SESSIONS_CHAIN: detachedChain(context.env),
    AGENT_SESSIONS_ENDED_TURN: turnId,
    AGENT_SESSIONS_ENDED_NAME: name,
    AGENT_SESSIONS_ENDED_AGENT: agent,
    AGENT_SESSIONS_OUTCOME: outcome,
    AGENT_SESSIONS_RESULT: resultPath,
  };
  try {
    await startInBackground(words, { cwd: workspace, env, logPath });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.notify(`The command to run at the end of turn ${turnId} could not be started. ${error.message}`);
  }
}
