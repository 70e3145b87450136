import { AppError } from "../../domain/errors.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import { type Wait, Waits } from "../../stores/file/sessions/waits.ts";
import { hasBegun } from "../../stores/file/turns/turns.ts";
import type { Context } from "../context.ts";
import { turnsAbove, turnsHeldUp } from "./chain.ts";

/** What a command waits for: the end of one turn, or of any turn or window that keeps a conversation busy. */
export type Awaited = { turnId: string } | SessionKey;

/**
 * The wait of a command that may itself run inside a turn. While it lasts it is recorded on disk, so that
 * other commands can see what that turn waits for. This prevents deadlocks, however many conversations the
 * ring spans.
 */
export class OwnWait {
  private readonly heldUp: readonly string[];
  private wait: Wait | undefined;
  private remove: () => void = () => undefined;

  constructor(
    private readonly context: Context,
    private readonly awaited: Awaited,
    /** The conversation in messages. */
    private readonly label: string,
  ) {
    this.heldUp = turnsHeldUp(context.env);
  }

  /** Whether a turn above waits for this command, so that the wait must be checked for a ring repeatedly. */
  get isChained(): boolean {
    return this.heldUp.length > 0;
  }

  /**
   * Checks for a deadlock; to be called before each pause of the wait.
   *
   * @throws AppError `own_conversation` where the awaited turn can only end after this command. In a ring of
   * waits only the wait that began last fails; the others go on.
   */
  async check(): Promise<void> {
    const { context, awaited, label } = this;
    if (turnsAbove(context.env).length === 0) return;
    const first = await turnOf(context, awaited);
    if (first === undefined) return;
    refuseOwn(context, label, first);
    if (!this.isChained) return;
    if (this.wait === undefined) {
      this.wait = {
        id: `${context.newArrival()}-${context.self().pid}`,
        process: context.self(),
        ...awaited,
      };
      // Recorded before the check: of two waits that begin at the same moment, at least one sees the other.
      this.remove = new Waits(context.home).add(this.wait, this.heldUp);
    }
    if (!(await this.isRing(awaited, this.wait.id))) return;
    throw refusal(
      { turn_id: first },
      `${JSON.stringify(label)} waits for this command: its turn ${first} can end only after the turn that has started this command, so both would wait for each other.`,
    );
  }

  /** Deletes the record of the wait; to be called however the wait ended. */
  leave(): void {
    this.remove();
  }

  /**
   * Follows the chain of waits and returns whether it leads back to this command's turns. Skips waits that
   * began after this one: the wait that closes a ring began last, and that wait has to give way.
   */
  private async isRing(from: Awaited, id: string): Promise<boolean> {
    const waits = new Waits(this.context.home);
    const seen = new Set<string>();
    const open: Awaited[] = [from];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const turnId = await turnOf(this.context, next);
      if (turnId === undefined || seen.has(turnId)) continue;
      if (this.heldUp.includes(turnId)) return true;
      seen.add(turnId);
      for (const wait of waits.of(turnId)) if (wait.id < id) open.push(...awaitedBy(wait));
      const key = await conversationBefore(this.context, turnId);
      if (key !== undefined) open.push(key);
    }
    return false;
  }
}

/** Checks once, without waiting. @throws AppError `own_conversation` */
export async function refuseOwnWait(context: Context, awaited: Awaited, label: string): Promise<void> {
  const own = new OwnWait(context, awaited, label);
  try {
    await own.check();
  } finally {
    own.leave();
  }
}

/** @throws AppError `own_conversation` where this command is part of what it would wait for */
export function refuseOwn(context: Context, label: string, id: string): void {
  if (!turnsAbove(context.env).includes(id)) return;
  throw ownConversation(label, { turn_id: id });
}

export function ownConversation(label: string, facts: Record<string, unknown>): AppError {
  return refusal(
    facts,
    `${JSON.stringify(label)} is the conversation that has started this command; it can't answer before this command ends.`,
  );
}

function refusal(facts: Record<string, unknown>, message: string): AppError {
  const hint = "Create another conversation for the question, or answer it here.";
  return new AppError("own_conversation", message, { hint, facts });
}

function awaitedBy({ turnId, agent, sessionId }: Wait): Awaited[] {
  if (turnId !== undefined) return [{ turnId }];
  return agent === undefined || sessionId === undefined ? [] : [{ agent, sessionId }];
}

/** Returns the id of the turn or window that has to end first; undefined while there is none. */
async function turnOf(context: Context, awaited: Awaited): Promise<string | undefined> {
  if ("turnId" in awaited) return awaited.turnId;
  const state = await context.store.session(awaited).lock.state();
  return state.state === "free" || state.holder.turnId === "" ? undefined : state.holder.turnId;
}

/**
 * Returns the conversation that has to be free before a turn can begin; undefined for a turn that has begun.
 */
async function conversationBefore(context: Context, turnId: string): Promise<SessionKey | undefined> {
  const turn = context.turns.unended(turnId);
  if (turn === undefined) return undefined;
  if (hasBegun(turn)) {
    const { scope, forkOf } = turn.plan;
    // A fork waits for the lock of its parent.
    const isWaiting = forkOf !== undefined && turn.folder.agentProcess() === undefined;
    return isWaiting ? { agent: scope.agent, sessionId: forkOf } : undefined;
  }
  const { scope, name, sessionId } = turn.accepted;
  const names = await context.store.list(scope);
  const entry = entrySince(names, name, sessionId) ?? names.entries.get(name);
  return { agent: scope.agent, sessionId: entry?.sessionId ?? sessionId };
}
