import { snakeLine } from "../../../domain/json-line.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import type { TurnFolder } from "../../../stores/file/turns/folder.ts";
import type { Context } from "../../context.ts";
import { runOnEnd } from "./on-end.ts";
import { turnView } from "./view.ts";

/** What an ended turn leaves: its folder, and what its caller wants run now. */
interface Left {
  folder: TurnFolder;
  onEnd: readonly string[] | undefined;
}

/**
 * Puts the folder of a turn aside whose end is recorded, and starts what its caller wants run at its end: once, by the
 * process that puts it aside. `where` is `settled` if a later command asks for its result there, `told` if its caller
 * gets it now, and `nowhere` if no command can ask for it. Returns false when another process was faster.
 */
export async function putAside(
  context: Context,
  { folder, onEnd }: Left,
  result: TurnResult,
  where: "settled" | "told" | "nowhere",
): Promise<boolean> {
  const { turns } = context;
  const { turnId } = result;
  const isKept = where !== "nowhere";
  if (onEnd !== undefined && isKept) folder.saveResult(snakeLine(turnView(result)));
  if (where === "settled") {
    if (!turns.settle(folder, turnId)) return false;
  } else if (isKept) turns.keepTold(folder, turnId);
  else turns.remove(folder);
  if (onEnd === undefined) return true;
  const kept = turns.placesOf(turnId).find(({ resultPath }) => resultPath !== undefined);
  await runOnEnd(context, onEnd, {
    ...result,
    resultPath: kept?.resultPath,
    logPath: kept?.at("on-end.log"),
  });
  return true;
}
