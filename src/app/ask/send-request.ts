import type { RebindingQuery } from "../names/resolve-or-rebind.ts";
import type { TurnOptions } from "../turn/plan.ts";
import type { RequestId } from "./request-id.ts";

export interface SendOptions extends TurnOptions {
  prompt: string;
  /** Default: `wait`. */
  ifBusy?: "wait" | "fail" | undefined;
  /**
   * Send even if the agent's own window has the conversation open. Does not override the agent's own lock.
   */
  withOpenWindow?: boolean | undefined;
  /** Send even if the transcript has become shorter. */
  trustTranscript?: boolean | undefined;
  /** How long a keeper keeps the agent warm after the turn. Default: it does not. */
  keepWarmMs?: number | undefined;
  /** Send even though the budget of the name is used up. */
  overBudget?: boolean | undefined;
  /** Retry the last turn, which did not succeed; `prompt` is then its prompt, or empty. */
  isRetry?: boolean | undefined;
}

/** How to send, and what to do instead if that can't be done. */
export type SendMode =
  | { kind: "plain" }
  /** Retry the last turn, which did not succeed. The prompt of the request is ignored. */
  | { kind: "retry" }
  /** If the name does not exist yet, create it as a fork of this conversation. */
  | { kind: "or-fork"; from: string }
  /** If the name does not exist yet, create it with this agent. */
  | { kind: "or-create"; agent: string }
  /** If the conversation is lost, begin a new one under its name. */
  | { kind: "or-fresh" };

export interface SendRequest extends Omit<SendOptions, "isRetry">, RebindingQuery {
  mode: SendMode;
  /** If a request of this id was made before, return what came of it instead of asking again. Not with `retry`. */
  request?: RequestId | undefined;
  /** A conversation that the caller has used: send only to that one or its successors. */
  usedId?: string | undefined;
}
