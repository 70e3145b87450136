import type { EventType, TurnEvent } from "../../../domain/turn/turn.ts";

/** A turn whose agent runs. */
export interface StartedTurn {
  turnId: string;
  agent: string;
  /** Absent for a conversation that is continued by its id alone, and for a turn without one. */
  name?: string;
}

export interface TurnListener {
  /** Called when the turn has its place, in the queue or in the conversation. May be called again. */
  onPlaced?: (() => void) | undefined;
  /** Called once the turn outlives this process though its agent may not run yet. Where it is not called, `onStarted` tells. */
  onAccepted?: ((turn: StartedTurn) => void) | undefined;
  /**
   * Called with the agent's output as it arrives, byte for byte, after the events in it. The buffer is
   * reused: copy what you keep. A returned promise delays further output.
   */
  onBytes?: ((bytes: Buffer) => void | Promise<void>) | undefined;
  onEvent?: ((event: TurnEvent) => void | Promise<void> | undefined) | undefined;
  /** The kinds of events that `onEvent` is called for. Default: all. */
  eventTypes?: readonly EventType[] | undefined;
  /** Called once, before the line that contains the conversation's id is passed on. */
  onSessionId?: ((sessionId: string) => Promise<void>) | undefined;
  /** Called once the agent runs: from then on the turn outlives this process. */
  onStarted?: ((turn: StartedTurn) => void | Promise<void>) | undefined;
  /** Called each time the agent has been silent for another `stallMs` of the request. */
  onSilence?: ((silentMs: number) => void) | undefined;
  /** Called when the agent has ended, before any file of the turn is deleted or moved. */
  onEnded?: (() => void) | undefined;
  /** Aborting ends the turn. The reason may be an AppError, which then becomes the turn's failure. */
  signal?: AbortSignal | undefined;
  /** Aborting this too skips the agent's grace period. */
  hurry?: AbortSignal | undefined;
}
