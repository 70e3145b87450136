import type { Agent } from "../../../domain/agent/agent.ts";
import { AppError } from "../../../domain/errors.ts";
import type { TurnFailure } from "../../../domain/turn/turn.ts";
import type { ProcessIdentity } from "../../../system/processes/identity.ts";
import { endTree, type Tree } from "../../../system/processes/tree.ts";
import type { Context } from "../../context.ts";
import type { RunningAgent, Stopping } from "../../warm-agents.ts";
import { Patience } from "../patience.ts";

/** Ends the agent with all its descendants when the turn's signal aborts, or when `ask` is called. */
export class Stop implements Stopping {
  /** Why the turn is being ended; undefined while it is not. */
  failure: TurnFailure | undefined;
  /** Settles when all processes of the turn have ended; settled already while the turn is not being ended. */
  done: Promise<void> = Promise.resolve();
  /** Resolves when the turn was ended on request and its processes are gone; never resolves otherwise. */
  readonly over: Promise<void>;
  private resolveOver: () => void = () => undefined;
  private readonly patience = new Patience();

  constructor(
    private readonly end: RunningAgent["end"],
    private readonly signals: { signal?: AbortSignal | undefined; hurry?: AbortSignal | undefined },
  ) {
    this.over = new Promise((resolve) => {
      this.resolveOver = resolve;
    });
    const { signal } = signals;
    if (signal?.aborted) this.begin();
    else signal?.addEventListener("abort", this.begin, { once: true });
  }

  /** Starts to end the turn for this reason, unless it is being ended already. */
  ask(failure: TurnFailure): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.done = this.end(this.signals.hurry);
    this.done.then(this.resolveOver, this.resolveOver);
    this.patience.end();
  }

  /** Waits for a listener's promise, but only until the turn is being ended. One call at a time. */
  waitFor(told: Promise<unknown>): Promise<void> {
    return this.patience.waitFor(told);
  }

  /** From now on waits for no listener: others have ended the turn. */
  endPatience(): void {
    this.patience.end();
  }

  forget(): void {
    this.signals.signal?.removeEventListener("abort", this.begin);
  }

  private readonly begin = () => this.ask(failureOf(this.signals.signal?.reason));
}

function failureOf(reason: unknown): TurnFailure {
  if (!(reason instanceof AppError)) return { code: "cancelled", message: "The turn was cancelled." };
  const { code, message, hint } = reason;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/**
 * How long an agent may take to end cleanly before it is killed. Claude 2.1.329 needs 1.4 s to end its tools.
 */
const GRACE_MS = 3_000;

/** All processes that the agent of a turn has started: each has the turn's id in its environment. */
export function treeOf(turnId: string, leader: ProcessIdentity): Tree {
  return { leader, mark: `AGENT_SESSIONS_TURN=${turnId}` };
}

/**
 * Ends the agent of a turn with all processes it has started, in any process group, within 4.5 s. Notifies
 * about processes that could not be ended.
 */
export async function endAgent(
  context: Context,
  agent: Agent,
  turnId: string,
  leader: ProcessIdentity,
  hurry?: AbortSignal,
): Promise<void> {
  const left = await endTree(treeOf(turnId, leader), {
    gentle: agent.gentleSignal,
    graceMs: GRACE_MS,
    hurry,
  });
  if (left.length === 0) return;
  const pids = left.map(({ pid }) => pid).join(" ");
  context.notify(`Some processes of turn ${turnId} could not be ended: ${pids}.`);
}
