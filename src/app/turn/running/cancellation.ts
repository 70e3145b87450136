import { endBy } from "../../../domain/turn/cancellation.ts";
import type { TurnFailure } from "../../../domain/turn/turn.ts";
import type { TurnFolder } from "../../../stores/file/turns/folder.ts";

const LOOK_MS = 200;

/** Polls whether another command has cancelled a turn whose process that command must not end, since it runs other turns too. */
export function watchCancellation(
  folder: TurnFolder,
  onCancelled: (failure: TurnFailure) => void,
): { stop: () => void } {
  const timer = setInterval(() => {
    const cancellation = folder.cancellation();
    if (cancellation === undefined) return;
    clearInterval(timer);
    onCancelled(endBy(cancellation, true));
  }, LOOK_MS);
  return { stop: () => clearInterval(timer) };
}
