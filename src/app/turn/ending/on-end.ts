import { AppError } from "../../../domain/errors.ts";
import type { OnEnd } from "../../../domain/turn/settings.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import { quoteWords } from "../../../domain/words.ts";
import { startDetached } from "../../../system/processes/background.ts";
import { findExecutable } from "../../../system/processes/executable.ts";
import type { Context } from "../../context.ts";
import { onlyHere } from "../../only-here.ts";
import { environmentOfAttendant } from "../waiting/attendant.ts";
import { reachOf } from "../waiting/reach.ts";

/**
 * Returns the program that a turn's caller wants started at its end, with an absolute path: whoever ends the turn may be in
 * another folder.
 *
 * @throws AppError `usage` where there is no such program
 */
function findOnEnd(context: Context, [program = "", ...args]: readonly string[]): OnEnd {
  const file = findExecutable(program, context.env.PATH ?? "", context.cwd);
  if (file !== undefined) {
    const words = [file, ...args];
    return { words, reach: reachOf(context, undefined, words) };
  }
  throw new AppError(
    "usage",
    `The program for the end of the turn, ${JSON.stringify(program)}, was not found or is not executable.`,
    { hint: "Give a program on PATH or a path to one, with its arguments. No shell reads it." },
  );
}

/**
 * Returns the program for the end of a turn: what was asked for, else what the settings say. A turn on a line that machines
 * share has none: what was asked for is refused, and the settings, which hold for every turn, are left out; that is told
 * once.
 *
 * @throws AppError `usage` if it is not found or is not executable; `unsupported`
 */
export function onEndOf(
  context: Context,
  asked: readonly string[] | undefined,
  { runsHere = context.line === undefined }: { runsHere?: boolean } = {},
): OnEnd | undefined {
  const words = asked ?? context.defaults?.onEnd;
  if (words === undefined) return undefined;
  if (runsHere) return findOnEnd(context, words);
  if (asked !== undefined) throw onlyHere("A program to start at the end of a turn");
  if (!leftOut.has(context))
    context.notify(
      "The program that your settings start at the end of a turn (on-end) is not started: it is a matter of one machine.",
    );
  leftOut.add(context);
  return undefined;
}

/** Those whose users were told. */
const leftOut = new WeakSet<Context>();

/** What the program is told of the turn, and where the result and its own output are; absent where nothing is kept. */
interface Ended extends Pick<TurnResult, "turnId" | "name" | "agent" | "workspace" | "outcome"> {
  resultPath: string | undefined;
  logPath: string | undefined;
}

/**
 * Starts the program that a turn's caller wants started at its end. It runs in the workspace and outlives this process, and
 * nobody waits for it. Of the answer it gets nothing but the path of a file. Only the process that has run the turn,
 * and one with the reach of its caller, may start it: others would run it with rights that its caller does not have.
 */
export async function startOnEnd(
  context: Context,
  { words, reach }: OnEnd,
  ended: Ended,
  { hasRunHere }: { hasRunHere: boolean },
): Promise<void> {
  const { turnId, name, agent, workspace, outcome, resultPath, logPath } = ended;
  const notStarted = (why: string) =>
    context.notify(`The program for the end of turn ${turnId} was not started: ${why}`);
  const isOurs = hasRunHere || (reach !== undefined && reach === reachOf(context, undefined, words));
  if (!isOurs)
    return notStarted(
      `it was asked for with another account, or from a place that reaches other files or hosts. It is: ${quoteWords(words)}`,
    );
  const env = {
    ...environmentOfAttendant(context),
    // It is part of no turn, so it may wait for any of them.
    AGENT_SESSIONS_CHAIN: undefined,
    AGENT_SESSIONS_TURN_FOLDER: undefined,
    AGENT_SESSIONS_ENDED_TURN: turnId,
    AGENT_SESSIONS_ENDED_NAME: name,
    AGENT_SESSIONS_ENDED_AGENT: agent,
    AGENT_SESSIONS_OUTCOME: outcome,
    AGENT_SESSIONS_RESULT: resultPath,
  };
  try {
    await startDetached(words, { cwd: workspace, env, logPath });
  } catch (error) {
    // The turn has ended, whatever becomes of the program.
    if (!(error instanceof AppError)) throw error;
    notStarted(error.message);
  }
}
