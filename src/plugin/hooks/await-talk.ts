import { expect } from "../../domain/checkpoint/changes.ts";
import type { Checkpoints } from "../../stores/project/checkpoints.ts";

/**
 * Records that the next answer does not belong to the user's last prompt, if the conversation has a
 * checkpoint.
 */
export function awaitTalk(sessionId: string, checkpoints: Checkpoints): void {
  checkpoints.update(sessionId, (before) => before && expect(before, "talk"));
}
