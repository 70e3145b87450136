import type { TurnOutput } from "../../domain/runner.ts";
import type { Spool } from "../../stores/file/turns/folder.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { FollowedFile } from "../../system/lines/follow.ts";
import type { LineFilter } from "../../system/lines/line-filter.ts";
import type { Context } from "../context.ts";
import { filterFor } from "../turn/running/read-spool.ts";

/** Opens the file with a turn's output. Once it is open, the turn's folder may be moved or deleted. */
export function openOutput(context: Context, turnId: string, fromNow: boolean): TurnOutput | undefined {
  for (const folder of context.turns.placesOf(turnId)) {
    const spool = folder.spool();
    const from = spool.from + (fromNow ? (folder.output().bytes ?? 0) : 0);
    try {
      const file = new FollowedFile(spool.path);
      return {
        // The plan may still change before the agent has printed anything.
        chunks: (over) => filtered(file.chunks(over, from), () => filterOf(context, turnId, spool)),
        close: () => file.close(),
      };
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw stateError(error, "read", spool.path);
    }
  }
  return undefined;
}

function filterOf(context: Context, turnId: string, spool: Spool): LineFilter | undefined {
  const [plan] = context.turns.placesOf(turnId).flatMap((folder) => folder.plan() ?? []);
  return plan && filterFor(context.findAgent(plan.scope.agent), plan, spool);
}

async function* filtered(
  chunks: AsyncIterable<Buffer>,
  findFilter: () => LineFilter | undefined,
): AsyncGenerator<Buffer> {
  let filter: LineFilter | undefined | "unknown" = "unknown";
  for await (const chunk of chunks) {
    if (filter === "unknown") filter = findFilter();
    if (filter === undefined) yield chunk;
    else yield* filter.push(chunk);
  }
  if (filter !== "unknown" && filter !== undefined) yield* filter.rest();
}
