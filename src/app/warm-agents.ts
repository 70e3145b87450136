import type { Folded } from "../domain/turn/fold.ts";
import type { AgentExit, TurnFailure, TurnResult } from "../domain/turn/turn.ts";
import type { NextTurn } from "../stores/file/keepers.ts";
import type { OpenTurn } from "../stores/file/turns/turns.ts";
import type { ProcessIdentity } from "../system/processes/identity.ts";

/** The variable that marks an agent that does nothing between turns. */
export const WARM_MARK = "AGENT_SESSIONS_WARM";

/** A file in the folder that the mark names: in which turns the agent runs now. */
export const WARM_CHAIN = "chain";

/** What is known of the end that somebody asked for. */
export interface Stopping {
  /** Why the turn is being ended; undefined while it is not. */
  readonly failure: TurnFailure | undefined;
  /** Settles when all processes of the turn have ended; settled while the turn is not being ended. */
  readonly done: Promise<void>;
  /** Resolves when the turn was ended on request and its processes are gone. */
  readonly over: Promise<void>;
}

/** An agent that runs a turn, in a process of its own or in one that stays. */
export interface RunningAgent {
  identity: ProcessIdentity;
  /** Whether the process is not of this turn alone, so that others must not end it. */
  isShared: boolean;
  /** Resolves when the turn can produce no more output. */
  over(folded: Folded, stopping: Stopping): Promise<AgentExit>;
  /** Ends the turn with every process that it has started. */
  end(hurry?: AbortSignal): Promise<void>;
  /**
   * Called when all output has been read, before the end of the turn is recorded. Returns how a process that stays would
   * have exited.
   */
  seal(folded: Folded): AgentExit | undefined;
}

/** The agents that this process keeps warm between turns. */
export interface WarmAgents {
  /**
   * Gives the turn to a warm agent, which is started if there is room for one; undefined if the turn needs a process of
   * its own: then no warm agent is left in its conversation. The caller holds the lock of the conversation.
   *
   * @throws AppError `cancelled`; the reason of the signal: then nothing has run
   */
  begin(turn: OpenTurn, signal: AbortSignal | undefined): Promise<RunningAgent | undefined>;
  /** Starts an agent for a turn that is likely to come, if there is room for one more; never rejects. */
  prepare(next: NextTurn): Promise<void>;
  /** Called when the end of a turn is recorded, while its conversation is still locked; never rejects. */
  settled(turn: OpenTurn, result: Pick<TurnResult, "sessionId" | "outcome">): Promise<void>;
  /** Called when the end of a turn could not be recorded: its agent ends, so that a later command can; never rejects. */
  giveUp(turn: OpenTurn): Promise<void>;
  /** Whether a process is one of these agents. */
  owns(pid: number): boolean;
  /** Ends all agents, those that run a turn when it is over. */
  close(): Promise<void>;
}
