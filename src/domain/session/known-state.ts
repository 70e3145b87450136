import type { Counters } from "../turn/usage.ts";
import type { SessionRecord, TranscriptState, TurnEnded } from "./session.ts";

/** The state of a conversation when we last used it. */
export interface KnownState {
  transcript?: TranscriptState;
  /** Whether we have put it there in an import. */
  isImported?: true;
  /** The agent's counters then; absent if there was no turn of ours, or a window has changed them since. */
  counters?: Counters;
}

export function knownState(record: SessionRecord | undefined, last: TurnEnded | undefined): KnownState {
  const seen = record?.seen;
  if (seen !== undefined && seen.turnId === last?.turnId) {
    const { transcript, isImported } = seen;
    return { transcript, ...(isImported ? { isImported } : {}) };
  }
  const { transcript, counters } = last ?? {};
  return {
    ...(transcript === undefined ? {} : { transcript }),
    ...(counters === undefined ? {} : { counters }),
  };
}
