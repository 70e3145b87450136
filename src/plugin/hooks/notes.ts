import { expect, newCheckpoint } from "../../domain/checkpoint/changes.ts";
import type { Checkpoint } from "../../domain/checkpoint/checkpoint.ts";
import type { Checkpoints } from "../../stores/project/checkpoints.ts";
import { isAutomatic, type World } from "../world.ts";

/**
 * Records that the next answer does not belong to the user's last prompt, if the conversation has a
 * checkpoint.
 */
export function awaitTalk(sessionId: string, checkpoints: Checkpoints): void {
  checkpoints.update(sessionId, (before) => before && expect(before, "talk"));
}

/** Records which conversation this one continues, so that a later restore of this one finds it too. */
export function noteOrigin(
  sessionId: string,
  origin: string,
  checkpoints: Checkpoints,
  world: World,
  change: (checkpoint: Checkpoint) => Checkpoint = (checkpoint) => checkpoint,
): void {
  if (origin === sessionId) return;
  checkpoints.update(sessionId, (before) => {
    // If saving is not automatic, the origin alone is no reason to create a checkpoint.
    if (before === undefined && !isAutomatic(world)) return undefined;
    return change({
      ...(before ?? newCheckpoint(sessionId, world.now().toISOString())),
      resumedFrom: origin,
    });
  });
}
