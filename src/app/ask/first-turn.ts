import { AppError } from "../../domain/errors.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { HeldLock } from "../../domain/store.ts";
import type { Folded } from "../../domain/turn/fold.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import type { Context } from "../context.ts";
import { readyParent } from "../conversation/parent.ts";
import { takeSession } from "../turn/acquire.ts";
import { giveUpName, publishName } from "../turn/ending/publish.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { begunConversation } from "../turn/running/read-spool.ts";
import { runTurn } from "../turn/running/run.ts";
import type { Beginner } from "./askers/asker.ts";

const LOOK_MS = 100;
const PATIENCE_MS = 30_000;

/** Begins conversations in this process. It resolves when the first turn has ended. */
export function beginHere(listener: TurnListener): Beginner<TurnResult> {
  return {
    signal: listener.signal,
    again: (found) => ("outcome" in found ? found : undefined),
    begin: (context, turn, signal) => runFirstTurn(context, turn, { ...listener, signal }),
  };
}

/** Runs the turn of a create whose name is reserved, and publishes the name as soon as there is an id. */
export async function runFirstTurn(
  context: Context,
  asked: OpenTurn,
  listener: TurnListener,
): Promise<TurnResult> {
  const { plan, folder } = asked;
  const agent = context.findAgent(plan.scope.agent);
  let held: HeldLock | undefined;
  let parent: HeldLock | undefined;
  let isPublished = false;
  const publish = async (turn: OpenTurn, sessionId: string) => {
    held ??= await takeNew(context, { agent: agent.name, sessionId }, plan.turnId, listener.signal);
    await publishName(context, turn, sessionId);
    isPublished = true;
    await listener.onSessionId?.(sessionId);
  };
  try {
    parent = await takeParent(context, asked, listener.signal);
    const turn = await readParent(context, asked);
    const onSessionId = async (sessionId: string) => {
      // The agent has read the parent's history: release the parent.
      await parent?.release();
      parent = undefined;
      if (plan.sessionId !== undefined && sessionId !== plan.sessionId) return;
      try {
        await publish(turn, sessionId);
      } catch (error) {
        // Tried again at the end of the turn: the conversation has begun, even if it can't be published now.
        if (isPublished || !(error instanceof AppError)) throw error;
      }
    };
    const beforeEnd = async (folded: Folded) => {
      const sessionId = begunConversation(folded, plan);
      if (!isPublished && sessionId !== undefined) await publish(turn, sessionId);
    };
    const result = await runTurn(context, turn, { ...listener, onSessionId }, beforeEnd);
    if (result.sessionId === undefined) await giveUpName(context, plan);
    return result;
  } catch (error) {
    if (folder.agentProcess() === undefined) context.turns.remove(folder);
    if (folder.plan() === undefined) await giveUpName(context, plan);
    throw error;
  } finally {
    await held?.release();
    await parent?.release();
  }
}

/**
 * Takes the lock of a conversation that has just begun. A lock owner without a turn, such as `adopt`,
 * releases it soon.
 *
 * @throws AppError `busy`
 */
async function takeNew(
  context: Context,
  key: SessionKey,
  turnId: string,
  signal: AbortSignal | undefined,
): Promise<HeldLock> {
  const { lock } = context.store.session(key);
  const startedMs = performance.now();
  for (;;) {
    const held = await lock.tryTake(turnId);
    if (held !== undefined) return held;
    const state = await lock.state();
    const isTurn = state.state !== "free" && state.holder.turnId !== "";
    if (isTurn || signal?.aborted || performance.now() - startedMs > PATIENCE_MS)
      throw new AppError("busy", `Conversation ${key.sessionId} is in use by another command.`);
    await lock.changed(LOOK_MS);
  }
}

/**
 * Records the counters that the fork starts from, while the lock of its parent is held. The agent has not run
 * yet.
 */
async function readParent(context: Context, turn: OpenTurn): Promise<OpenTurn> {
  const { folder, plan } = turn;
  if (plan.kind !== "create" || plan.forkOf === undefined) return turn;
  const parent = { agent: plan.scope.agent, sessionId: plan.forkOf };
  const countersBefore = await readyParent(context, parent, plan.forkOf);
  if (countersBefore === undefined) return turn;
  folder.amendPlan({ countersBefore });
  return { ...turn, plan: { ...plan, countersBefore } };
}

/** Takes the lock of the parent, so that it does not change while its history is read. */
async function takeParent(
  context: Context,
  { plan }: OpenTurn,
  signal: AbortSignal | undefined,
): Promise<HeldLock | undefined> {
  const { forkOf, scope, turnId, calledBy = "", deadlineAt } = plan;
  if (forkOf === undefined) return undefined;
  const ticket = { turnId, arrival: context.newArrival(), calledBy, deadlineAt };
  const key = { agent: scope.agent, sessionId: forkOf };
  return takeSession(context, {
    key,
    label: forkOf,
    workspace: scope.workspace,
    ticket,
    ifBusy: "wait",
    signal,
  });
}
