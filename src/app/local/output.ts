import type { TurnOutput } from "../../domain/runner.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { FollowedFile } from "../../system/lines/follow.ts";
import type { Context } from "../context.ts";

/** Opens the file with a turn's output. Once it is open, the turn's folder may be moved or deleted. */
export function openOutput(context: Context, turnId: string, fromNow: boolean): TurnOutput | undefined {
  for (const folder of context.turns.placesOf(turnId)) {
    const from = fromNow ? (folder.output().bytes ?? 0) : 0;
    try {
      const file = new FollowedFile(folder.stdoutPath);
      return { chunks: (over) => file.chunks(over, from), close: () => file.close() };
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw stateError(error, "read", folder.stdoutPath);
    }
  }
  return undefined;
}
