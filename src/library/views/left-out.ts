import type { History } from "../../app/tell/history.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

/** Something that was said in a conversation and is no turn of its history. */
export interface LeftOut {
  /** `outside`: in a window, by another program, or before an adoption; `before_fork`: in the trunk. */
  kind: "outside" | "before_fork";
  /** Absent where it can't be told how many there are, or whether there are any. */
  exchanges?: number;
  /** The turns that it was said between. With neither, it was said before, between or after them: nobody knows. */
  afterTurnId?: string;
  beforeTurnId?: string;
  /** The conversation that has it; of a fork, the trunk. */
  sessionId: string;
  /** The trunk's name, where it has one in this workspace. */
  name?: string;
  /** The agent's own record that it can be read in; absolute. Absent where that is gone. */
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
