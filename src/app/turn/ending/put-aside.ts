import { AppError } from "../../../domain/errors.ts";
import { snakeLine } from "../../../domain/json-line.ts";
import type { OnEnd } from "../../../domain/turn/settings.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import type { TurnFolder } from "../../../stores/file/turns/folder.ts";
import type { Context } from "../../context.ts";
import { startOnEnd } from "./on-end.ts";
import { turnView } from "./view.ts";

/** What an ended turn leaves: its folder, and what its caller wants started now. */
interface Left {
  folder: TurnFolder;
  onEnd: OnEnd | undefined;
}

interface Aside {
  /**
   * `settled` if a later command asks for the result there, `told` if the caller gets it now, and `nowhere` if no command
   * can ask for it.
   */
  where: "settled" | "told" | "nowhere";
  /** Whether this process has run the turn. */
  hasRunHere: boolean;
}

/**
 * Puts the folder of a turn aside whose end is recorded, and starts what its caller wants started at its end: once, by the
 * process that puts it aside. Returns false when another process was faster.
 */
export async function putAside(
  context: Context,
  { folder, onEnd }: Left,
  result: TurnResult,
  { where, hasRunHere }: Aside,
): Promise<boolean> {
  const { turns } = context;
  const { turnId } = result;
  if (onEnd !== undefined && where !== "nowhere") keepResult(folder, result);
  const isFirst =
    where === "settled"
      ? turns.settle(folder, turnId)
      : where === "told"
        ? turns.keepTold(folder, turnId)
        : turns.remove(folder);
  if (!isFirst || onEnd === undefined) return isFirst;
  const kept = turns.placesOf(turnId).find(({ resultPath }) => resultPath !== undefined);
  const files = { resultPath: kept?.resultPath, logPath: kept?.at("on-end.log") };
  await startOnEnd(context, onEnd, { ...result, ...files }, { hasRunHere });
  return true;
}

function keepResult(folder: TurnFolder, result: TurnResult): void {
  try {
    folder.saveResult(snakeLine(turnView(result)));
  } catch (error) {
    // The disk is full, or another process has just put the turn aside: the end is recorded all the same.
    if (!(error instanceof AppError)) throw error;
  }
}
