import type { History } from "../../app/tell/history.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

/** Something that was said in a conversation and is not a turn of its history. */
export interface LeftOut {
  /** `outside`: in a window, by another program, or before an adoption; `before_fork`: in the parent. */
  kind: "outside" | "before_fork";
  /** The number of exchanges. Absent if it is unknown how many there are, or whether there are any. */
  exchanges?: number;
  /**
   * The turns before and after it. If both are absent, it is unknown whether it was said before, between or
   * after the turns.
   */
  afterTurnId?: string;
  beforeTurnId?: string;
  /** The conversation that contains it; for `before_fork`, the parent. */
  sessionId: string;
  /** The parent's name, if it has one in this workspace. */
  name?: string;
  /** The absolute path of the agent's transcript that contains it. Absent if the transcript is gone. */
  transcriptPath?: string;
}

export function leftOutOf({ turns, notShown }: History): LeftOut[] {
  return notShown.map(({ kind, exchanges, at, sessionId, name, transcript: transcriptPath }) => {
    const [afterTurnId, beforeTurnId] = at === undefined ? [] : [turns[at - 1]?.turnId, turns[at]?.turnId];
    return {
      kind,
      sessionId,
      ...withoutUndefined({ exchanges, afterTurnId, beforeTurnId, name, transcriptPath }),
    };
  });
}
