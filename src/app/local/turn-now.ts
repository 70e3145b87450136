import type { KeptTurn, SentTurn, TurnState, UnendedTurn } from "../../domain/runner.ts";
import { askedByRequest } from "../../stores/file/turns/accepted.ts";
import type { TurnFolder } from "../../stores/file/turns/folder.ts";
import { askedByPlan } from "../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import type { Context } from "../context.ts";
import { asTurnResult } from "../turn/ending/result.ts";
import { suspendedCaller, suspendedNote } from "../turn/running/liveness.ts";
import { type RunningTurn, sessionIdOf, type WaitingTurn } from "../turn/settle.ts";

const STATES: Record<RunningTurn["liveness"], TurnState> = {
  caller: "running",
  agent: "unattended",
  elsewhere: "elsewhere",
  unsettled: "unsettled",
  waits: "queued",
};

/** Returns what others may know of a turn that has begun. */
export function runningNow(turn: RunningTurn): UnendedTurn {
  const { folder, plan, liveness, problem, why } = turn;
  const suspended = liveness === "caller" ? suspendedCaller(turn) : undefined;
  return {
    ...sentByPlan(turn),
    state: STATES[liveness],
    workspace: plan.cwd,
    since: plan.startedAt,
    calledBy: plan.calledBy,
    deadlineAt: plan.deadlineAt,
    pid: folder.agentProcess()?.pid,
    problem,
    note: suspended && suspendedNote(suspended),
    waitsBecause: why,
  };
}

/** Does the same for one that was accepted and has not begun. */
export function queuedNow({ accepted, why }: WaitingTurn): UnendedTurn {
  const { turnId, scope, name, sessionId, cwd, acceptedAt, calledBy, deadlineAt } = accepted;
  return {
    turnId,
    scope,
    name,
    acceptedAs: name,
    sessionId,
    asked: askedByRequest(accepted),
    state: "queued",
    workspace: cwd,
    since: acceptedAt,
    calledBy,
    deadlineAt,
    waitsBecause: why,
  };
}

/** Returns a turn whose result is kept for a later command; undefined for any other. */
export function keptTurn({ turns }: Context, turnId: string): KeptTurn | undefined {
  const folder = turns.findSettled(turnId);
  const result = asTurnResult(folder.ending());
  if (result === undefined) return undefined;
  const sent = folder.accepted() ?? folder.plan();
  const { workspace, agent } = result;
  return {
    turnId,
    scope: sent?.scope ?? { workspace, agent },
    name: sent === undefined ? result.name : sent.name,
    acceptedAs: acceptedAs(folder),
    sessionId: sent?.sessionId ?? result.sessionId,
    asked: folder.asked() ?? result,
    state: "ended",
    result,
  };
}

function sentByPlan(turn: OpenTurn): SentTurn {
  const { folder, plan } = turn;
  const { turnId, scope, name } = plan;
  return {
    turnId,
    scope,
    name,
    acceptedAs: acceptedAs(folder),
    sessionId: sessionIdOf(turn),
    chosenId: plan.kind === "create" ? plan.sessionId : undefined,
    asked: askedByPlan(plan),
  };
}

function acceptedAs(folder: TurnFolder): string | undefined {
  return folder.accepted()?.name;
}
