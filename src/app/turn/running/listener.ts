import type { EventType, TurnEvent } from "../../../domain/turn/turn.ts";

/** A turn whose agent runs. */
export interface StartedTurn {
  turnId: string;
  agent: string;
  /** Absent for a conversation that is continued by its id alone, and for a turn without one. */
  name?: string;
}

export interface TurnListener {
  /** Called when the turn has its place: in line, or in the conversation. It may be called again. */
  onPlaced?: (() => void) | undefined;
  /**
   * The agent's output as it comes, byte for byte, after the events that are in it. The buffer is used again:
   * what is kept is to be copied. A promise holds back what comes next.
   */
  onBytes?: ((bytes: Buffer) => void | Promise<void>) | undefined;
  /** The agent's own lines, as they come, without their line ends; otherwise the same. */
  onLine?: ((line: Buffer) => void | Promise<void>) | undefined;
  onEvent?: ((event: TurnEvent) => void | Promise<void> | undefined) | undefined;
  /** The only kinds of events that `onEvent` wants to hear of; all of them where this is absent. */
  eventTypes?: readonly EventType[] | undefined;
  /** Called once, before the line that tells the conversation's id is passed on. */
  onSessionId?: ((sessionId: string) => Promise<void>) | undefined;
  /** Called once the agent runs: from now on the turn outlives this process. */
  onStarted?: ((turn: StartedTurn) => void) | undefined;
  /** Called when the agent has been silent for as long as the caller wanted to wait, and again each time. */
  onSilence?: ((silentMs: number) => void) | undefined;
  /** Called when the agent has ended, before anything of the turn is tidied away. */
  onEnded?: (() => void) | undefined;
  /** Aborting ends the turn. The reason may be an AppError that says how. */
  signal?: AbortSignal | undefined;
  /** Aborting this too ends the agent's patience at once. */
  hurry?: AbortSignal | undefined;
}
