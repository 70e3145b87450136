import { newCheckpoint } from "../../domain/checkpoint/changes.ts";
import type { Checkpoint } from "../../domain/checkpoint/checkpoint.ts";
import type { Checkpoints } from "../../stores/project/checkpoints.ts";
import { isAutomatic, type World } from "../world.ts";

/** From here on this conversation is a continuation, also for whoever restores it in turn. */
export function noteOrigin(
  sessionId: string,
  origin: string,
  checkpoints: Checkpoints,
  world: World,
  change: (checkpoint: Checkpoint) => Checkpoint = (checkpoint) => checkpoint,
): void {
  if (origin === sessionId) return;
  checkpoints.update(sessionId, (before) => {
    // Where nothing is saved unasked, an origin alone is no reason to begin.
    if (before === undefined && !isAutomatic(world)) return undefined;
    return change({
      ...(before ?? newCheckpoint(sessionId, world.now().toISOString())),
      resumedFrom: origin,
    });
  });
}
