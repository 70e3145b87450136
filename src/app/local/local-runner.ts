import { isAmong } from "../../domain/names/workspaces.ts";
import type {
  KeptTurn,
  RequestClaim,
  RequestPlace,
  Runner,
  TurnOrder,
  TurnOutput,
  TurnProgress,
  TurnsMeant,
  UnendedTurn,
} from "../../domain/runner.ts";
import type { Cancellation } from "../../domain/turn/cancellation.ts";
import { hasBegun, type OpenTurn, type QueuedTurn } from "../../stores/file/turns/turns.ts";
import { modifiedMs } from "../../system/files/folder.ts";
import { nextChange } from "../../system/lines/next-change.ts";
import type { Context } from "../context.ts";
import { turnLiveness } from "../turn/running/liveness.ts";
import { scopeOf, sessionIdOf, settleTurn, settleTurns, waitingTurn } from "../turn/settle.ts";
import { isTurnId } from "../turn/ticket.ts";
import { isUnbegunFirst, lookAfterFirst } from "../turn/waiting/first-turns.ts";
import { lookAfter } from "../turn/waiting/take-over.ts";
import { accept } from "./accept.ts";
import { LocalClaim } from "./claim.ts";
import { endOnRequest } from "./end-on-request.ts";
import { openOutput } from "./output.ts";
import { progressOf } from "./progress.ts";
import { keptTurn, queuedNow, runningNow } from "./turn-now.ts";

/** The turns of this machine: their folders in the state home, and the processes that run them. */
export class LocalRunner implements Runner {
  constructor(private readonly context: Context) {}

  async refresh(meant: TurnsMeant): Promise<void> {
    await settleTurns(this.context, isMeantBy(meant));
  }

  async unended(meant: TurnsMeant): Promise<UnendedTurn[]> {
    const { running, queued } = await settleTurns(this.context, isMeantBy(meant));
    const begun = running.filter(
      (turn) => meant.sessionId === undefined || sessionIdOf(turn) === meant.sessionId,
    );
    return [...begun.map(runningNow), ...queued.map(queuedNow)];
  }

  async look(turnId: string): Promise<UnendedTurn | KeptTurn | undefined> {
    // An id becomes a part of a path.
    if (!isTurnId(turnId)) return undefined;
    const { context } = this;
    for (;;) {
      const turn = context.turns.unended(turnId);
      if (turn === undefined) return keptTurn(context, turnId);
      if (hasBegun(turn)) {
        const running = await settleTurn(context, turn);
        if (running !== undefined) return runningNow(running);
      } else {
        const standing = await lookAfter(context, turn);
        if (standing.is !== "over") return queuedNow(waitingTurn(turn, standing));
      }
      const now = context.turns.unended(turnId);
      // It is over, and another process is about to put it aside.
      if (hasBegun(now) && hasBegun(turn)) return runningNow({ ...now, liveness: "unsettled" });
      if (now !== undefined && !hasBegun(now)) return queuedNow(now);
    }
  }

  async kept({ workspace, agent }: Pick<TurnsMeant, "workspace" | "agent">): Promise<KeptTurn[]> {
    return this.context.turns.settledIds().flatMap((turnId) => {
      const turn = keptTurn(this.context, turnId);
      if (turn === undefined || !isAmong(workspace, turn.result.workspace)) return [];
      return agent === undefined || turn.result.agent === agent ? [turn] : [];
    });
  }

  async changed(turnId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const { path } = this.context.turns.find(turnId);
    // It may have ended, and its folder have moved, since the caller looked.
    await nextChange(path, timeoutMs, { signal, isThere: () => modifiedMs(path) === undefined });
  }

  async whyWaiting(turnId: string): Promise<string | undefined> {
    const turn = await this.look(turnId);
    return turn?.state === "queued" ? turn.waitsBecause : undefined;
  }

  async progress(
    turnId: string,
    { withTokens = false }: { withTokens?: boolean } = {},
  ): Promise<TurnProgress | undefined> {
    const turn = this.context.turns.unended(turnId);
    return hasBegun(turn) ? progressOf(this.context, turn, withTokens) : undefined;
  }

  async prompt(turnId: string): Promise<string | undefined> {
    return this.context.turns.unended(turnId)?.folder.prompt();
  }

  async output(
    turnId: string,
    { fromNow = false }: { fromNow?: boolean | undefined } = {},
  ): Promise<TurnOutput | undefined> {
    return openOutput(this.context, turnId, fromNow);
  }

  accept(order: TurnOrder): Promise<void> {
    return accept(this.context, order);
  }

  async run(turnId: string): Promise<void> {
    const turn = this.context.turns.unended(turnId);
    if (turn === undefined) return;
    if (!hasBegun(turn)) await lookAfter(this.context, turn, { isAsked: true });
    else if (
      turnLiveness(turn, this.context.findAgent(turn.plan.scope.agent)) === "nobody" &&
      isUnbegunFirst(turn)
    )
      await lookAfterFirst(this.context, turn, { isAsked: true });
  }

  claim(place: RequestPlace, id: string): RequestClaim {
    return new LocalClaim(this.context, place, id);
  }

  askToEnd(turnId: string, by: Cancellation): Promise<void> {
    return endOnRequest(this.context, turnId, by);
  }
}

function isMeantBy({ workspace, agent, sessionId }: TurnsMeant): (turn: OpenTurn | QueuedTurn) => boolean {
  return (turn) => {
    const scope = scopeOf(turn);
    if (!isAmong(workspace, scope.workspace)) return false;
    if (agent !== undefined && scope.agent !== agent) return false;
    if (sessionId === undefined) return true;
    // A create may be in any conversation until it has published one.
    return hasBegun(turn) && (turn.plan.kind === "create" || turn.plan.sessionId === sessionId);
  };
}
