import { expect } from "../../domain/checkpoint/changes.ts";
import type { Checkpoints } from "../../stores/project/checkpoints.ts";

/** Notes that the next answer is none to the user's last prompt, where anything is saved at all. */
export function awaitTalk(sessionId: string, checkpoints: Checkpoints): void {
  checkpoints.update(sessionId, (before) => before && expect(before, "talk"));
}
