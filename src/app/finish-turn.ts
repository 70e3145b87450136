import type { Agent } from "../domain/agent.ts";
import { answerOf, type Folded } from "../domain/fold.ts";
import type { NameEdit, NameTable } from "../domain/name.ts";
import type { TurnEnded } from "../domain/session.ts";
import type { AgentExit, Outcome, TurnFailure } from "../domain/turn.ts";
import { type Counters, type Usage, usageOfTurn } from "../domain/usage.ts";
import type { OpenTurn, TurnFolder, TurnPlan } from "../stores/turns.ts";
import { checkSessionId } from "./check-session-id.ts";
import type { Context } from "./context.ts";
import { newRecord } from "./new-record.ts";
import { withdrawName } from "./publish.ts";
import { keepTranscript } from "./transcript.ts";
import type { TurnResult } from "./turn-result.ts";

export interface TurnEnding {
  folded: Folded;
  /** Absent when nobody saw the agent's process end. */
  exit: AgentExit | undefined;
  /** How it was ended by us, when it was. */
  ended?: { outcome: "cancelled" | "deadline"; failure: TurnFailure };
}

/**
 * Turns what is left of a run into its one terminal record: checks the conversation's id, keeps the
 * transcript, writes the journal and then the name, each durable before the next. Whether the caller is the
 * command that ran the turn or one that found it later makes no difference.
 */
export async function finishTurn(
  context: Context,
  agent: Agent,
  turn: OpenTurn,
  ending: TurnEnding,
): Promise<TurnResult> {
  const { folder, plan } = turn;
  const { folded } = ending;
  const prompt = folder.prompt();
  const judged = judge(agent, folder, ending);
  const checked = checkSessionId(context, agent, plan, prompt, folded.sessionId ?? folded.end?.sessionId);
  const failure = judged.failure ?? checked.failure;
  const outcome: Outcome =
    checked.failure !== undefined && judged.failure === undefined ? "failed" : judged.outcome;
  const sessionId = plan.kind === "create" ? folder.publication()?.sessionId : checked.sessionId;
  const parts = { outcome, failure, folded, sessionId, continuity: checked.continuity };
  const result = describe(context, plan, parts);
  if (ending.exit !== undefined) result.exit = ending.exit;
  if (sessionId === undefined) return result;

  const key = { agent: agent.name, sessionId };
  const session = context.store.session(key);
  if ((await session.record()) === undefined) await session.saveRecord(newRecord(plan, sessionId));
  const last = await session.journal.last();
  // A turn that ran in another conversation says nothing of this one's counters.
  const counters = checked.failure === undefined ? folded.end?.counters : undefined;
  const usage = usageOf(last?.counters, plan, folded, counters);
  if (usage !== undefined) result.usage = usage;
  const transcript = keepTranscript(context, agent, key, last?.transcript);
  // Only a turn whose command is gone can be in the journal already: it may have died right after writing.
  const isSettling = ending.exit === undefined;
  const isWritten = isSettling && (await session.journal.read()).some(({ turnId }) => turnId === plan.turnId);
  if (!isWritten) {
    const base = counters ?? last?.counters;
    await session.journal.append({
      ...journalEntry(result, prompt),
      ...(base === undefined ? {} : { counters: base }),
      ...(transcript === undefined ? {} : { transcript }),
    });
  }
  if (plan.kind === "create" && outcome === "failed" && !folded.hasOutput) {
    await withdrawName(context, turn, sessionId);
  } else {
    await context.store.update(plan.scope, (names) => moveName(names, plan, result, sessionId));
  }
  return result;
}

function judge(
  agent: Agent,
  folder: TurnFolder,
  ending: TurnEnding,
): { outcome: Outcome; failure?: TurnFailure } {
  const { folded, exit, ended } = ending;
  if (ended !== undefined) return ended;
  const failure = agent.diagnose(folded, exit, folder.stderrTail());
  if (failure === undefined) return { outcome: "succeeded" };
  if (folded.end !== undefined || exit !== undefined) return { outcome: "failed", failure };
  const message = folder.mayHaveRun()
    ? `${agent.title} was cut off in the middle of the turn.`
    : "The turn was cut off before the agent started; nothing ran.";
  return { outcome: "interrupted", failure: { code: "agent_failed", message } };
}

function usageOf(
  before: Counters | undefined,
  plan: TurnPlan,
  folded: Folded,
  counters: Counters | undefined,
): Usage | undefined {
  if (counters === undefined) return undefined;
  const runUsage = folded.end?.runUsage;
  if (before !== undefined) return usageOfTurn(before, counters, runUsage);
  const isFirst = plan.kind === "create" || folded.sessionId !== plan.sessionId;
  // A conversation that began without us has counters we can't take apart; the run's own count is a lower bound.
  return isFirst ? usageOfTurn(undefined, counters) : runUsage;
}

/** What the turn changes about its name. A name that was moved or removed meanwhile is left alone. */
function moveName(names: NameTable, plan: TurnPlan, result: TurnResult, sessionId: string): NameEdit[] {
  const { name } = plan;
  const entry = name === undefined ? undefined : names.entries.get(name);
  if (name === undefined || entry === undefined) return [];
  const isFollowing = entry.sessionId === plan.sessionId && sessionId !== plan.sessionId;
  if (entry.sessionId !== sessionId && !isFollowing) return [];
  const moved = { ...entry, sessionId, usedAt: result.endedAt };
  if (result.outcome === "succeeded") {
    if (plan.model !== undefined) moved.lastModel = plan.model;
    if (plan.effort !== undefined) moved.lastEffort = plan.effort;
  }
  const isSame = !isFollowing && moved.lastModel === entry.lastModel && moved.lastEffort === entry.lastEffort;
  return isSame
    ? [{ op: "used", name, usedAt: result.endedAt }]
    : [{ op: "set", entry: moved, reason: "turn" }];
}

function describe(
  context: Context,
  plan: TurnPlan,
  parts: Pick<TurnResult, "outcome" | "continuity"> & {
    folded: Folded;
    failure: TurnFailure | undefined;
    sessionId: string | undefined;
  },
): TurnResult {
  const endedAt = context.now();
  const model = plan.model ?? parts.folded.model;
  return {
    turnId: plan.turnId,
    ...(plan.name === undefined ? {} : { name: plan.name }),
    agent: plan.scope.agent,
    workspace: plan.cwd,
    ...(parts.sessionId === undefined ? {} : { sessionId: parts.sessionId }),
    outcome: parts.outcome,
    continuity: parts.continuity,
    text: answerOf(parts.folded),
    ...(model === undefined ? {} : { model }),
    ...(plan.effort === undefined ? {} : { effort: plan.effort }),
    startedAt: plan.startedAt,
    endedAt: endedAt.toISOString(),
    durationMs: Math.max(0, endedAt.getTime() - Date.parse(plan.startedAt)),
    ...(parts.failure === undefined ? {} : { failure: parts.failure }),
    ...(plan.foreignBytes ? { foreignBytes: plan.foreignBytes } : {}),
  };
}

function journalEntry(result: TurnResult, prompt: string): TurnEnded {
  const { agent: _, workspace: __, sessionId: ___, durationMs: ____, endedAt, ...kept } = result;
  return { ...kept, at: endedAt, prompt };
}
