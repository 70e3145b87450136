import type { UnendedTurn } from "../../../domain/runner.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import type { Context } from "../../context.ts";
import type { ResolvedName } from "../../names/resolve.ts";
import type { SendRequest } from "../send-request.ts";
import type { Detached } from "./detached.ts";

/**
 * Asks for turns: `here` runs them in this process to their end, and `inBackground` hands them to a process of
 * their own. `T` is what the caller gets.
 */
export interface Asker<T> extends Beginner<T> {
  /** Sends to the conversation that the name points at. The signal includes the deadline. */
  send(context: Context, request: SendRequest, signal: AbortSignal | undefined): Promise<T>;
  /**
   * Does the same for a name that was `resolved` just now, but returns undefined, with nothing sent, if the
   * conversation is lost.
   */
  sendUnlessLost(
    context: Context,
    request: SendRequest,
    resolved: ResolvedName,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined>;
}

/** The part of an asker that begins conversations: the drop-ins carry no other. */
export interface Beginner<T> {
  /** Returns what the caller gets of an earlier turn; undefined if the caller waits for its end first. */
  again(found: TurnResult | UnendedTurn): T | undefined;
  /** The caller's signal. It ends a turn here; in the background, only the wait before the turn is accepted. */
  signal: AbortSignal | undefined;
  /** Returns what the caller gets of a turn that was accepted by a line that machines share; absent without one. */
  follow?(context: Context, sent: Detached, following: Following): Promise<T>;
  /** Whether its caller leaves such a turn to others, and waits for nothing. */
  isDetached?: true | undefined;
  /** Runs the first turn of a conversation whose name is reserved. */
  begin(context: Context, turn: OpenTurn, signal: AbortSignal | undefined): Promise<T>;
}

/** How a turn of others is followed. */
export interface Following {
  /** Aborting ends the turn; that of an earlier request goes on. */
  signal: AbortSignal | undefined;
  /** After how long a silence of the agent its caller is told. Default: never. */
  stallMs: number | undefined;
  /** Whether it is the turn of an earlier request: what came of it is told, whatever that is. */
  isEarlier: boolean;
}
