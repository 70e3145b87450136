import type { Agent } from "../domain/agent.ts";
import type { Folded } from "../domain/fold.ts";
import type { NameEdit, NameTable } from "../domain/name.ts";
import { entrySince } from "../domain/renames.ts";
import type { TurnEnded } from "../domain/session.ts";
import type { SessionFolder } from "../domain/store.ts";
import { type Counters, type Usage, usageOfTurn } from "../domain/usage.ts";
import type { TurnPlan } from "../stores/turn-plan.ts";
import type { OpenTurn } from "../stores/turns.ts";
import { type CheckedId, checkSessionId } from "./check-session-id.ts";
import type { Context } from "./context.ts";
import { judgeTurn, type TurnEnding, type Verdict } from "./judge-turn.ts";
import { newRecord } from "./new-record.ts";
import { withdrawName } from "./publish.ts";
import { keepTranscript } from "./transcript.ts";
import { findEvidence } from "./turn-evidence.ts";
import { resultOf, type TurnResult } from "./turn-result.ts";

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
  const checked = checkSessionId(
    context,
    agent,
    plan,
    folder.prompt(),
    folded.sessionId ?? folded.end?.sessionId,
  );
  const sessionId = plan.kind === "create" ? folder.publication()?.sessionId : checked.sessionId;
  if (sessionId === undefined) {
    const verdict = judgeTurn(agent, folder, ending, () => undefined);
    const result = describe(context, plan, ending, verdict, checked, undefined);
    folder.saveEnding(result);
    return result;
  }

  const session = context.store.session({ agent: agent.name, sessionId });
  // Only a turn whose command is gone can be in the journal already: it may have died right after writing.
  const isSettling = ending.exit === undefined;
  const written = isSettling
    ? (await session.journal.read()).find(({ turnId }) => turnId === plan.turnId)
    : undefined;
  const result =
    written === undefined
      ? await record(context, agent, turn, ending, checked, session)
      : resultOf(written, { agent: agent.name, workspace: plan.cwd, sessionId });
  if (plan.kind === "create" && result.outcome === "failed" && !folded.hasOutput) {
    await withdrawName(context, turn, sessionId);
  } else {
    await context.store.update(plan.scope, (names) => moveName(names, plan, result, sessionId));
  }
  // Nobody may be there to be told: whoever comes back finds it in the folder.
  if (isSettling || folder.attendant() !== undefined) folder.saveEnding(result);
  return result;
}

/** Judges the turn and writes it into the conversation's journal, with the state of the transcript. */
async function record(
  context: Context,
  agent: Agent,
  { folder, plan }: OpenTurn,
  ending: TurnEnding,
  checked: CheckedId,
  session: SessionFolder,
): Promise<TurnResult> {
  const { folded } = ending;
  const { key } = session;
  const prompt = folder.prompt();
  if ((await session.record()) === undefined) await session.saveRecord(newRecord(plan, key.sessionId));
  const last = await session.journal.last();
  const verdict = judgeTurn(agent, folder, ending, () =>
    findEvidence(context, agent, key, last?.transcript, prompt),
  );
  const result = describe(context, plan, ending, verdict, checked, key.sessionId);
  // A turn that ran in another conversation says nothing of this one's counters.
  const counters = checked.failure === undefined ? folded.end?.counters : undefined;
  const usage = usageOf(last?.counters, plan, folded, counters);
  if (usage !== undefined) result.usage = usage;
  const transcript = keepTranscript(context, agent, key, last?.transcript);
  const base = counters ?? last?.counters;
  await session.journal.append({
    ...journalEntry(result, prompt),
    ...(base === undefined ? {} : { counters: base }),
    ...(transcript === undefined ? {} : { transcript }),
  });
  return result;
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

/**
 * What the turn changes about its name, which may be called otherwise by now. A name that was moved elsewhere or
 * removed meanwhile is left alone.
 */
function moveName(names: NameTable, plan: TurnPlan, result: TurnResult, sessionId: string): NameEdit[] {
  if (plan.name === undefined) return [];
  const entry = entrySince(names, plan.name, plan.sessionId ?? sessionId);
  if (entry === undefined) return [];
  const { name } = entry;
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
  { folded, exit }: TurnEnding,
  verdict: Verdict,
  checked: CheckedId,
  sessionId: string | undefined,
): TurnResult {
  const endedAt = context.now();
  const model = plan.model ?? folded.model;
  const failure = verdict.failure ?? checked.failure;
  const { isPromptKept } = verdict;
  return {
    turnId: plan.turnId,
    ...(plan.name === undefined ? {} : { name: plan.name }),
    agent: plan.scope.agent,
    workspace: plan.cwd,
    ...(sessionId === undefined ? {} : { sessionId }),
    outcome: verdict.failure === undefined && checked.failure !== undefined ? "failed" : verdict.outcome,
    continuity: checked.continuity,
    text: verdict.text,
    ...(model === undefined ? {} : { model }),
    ...(plan.effort === undefined ? {} : { effort: plan.effort }),
    startedAt: plan.startedAt,
    endedAt: endedAt.toISOString(),
    durationMs: Math.max(0, endedAt.getTime() - Date.parse(plan.startedAt)),
    ...(exit === undefined ? {} : { exit }),
    ...(failure === undefined ? {} : { failure }),
    ...(isPromptKept === undefined ? {} : { isPromptKept }),
    ...(plan.retry === undefined ? {} : { retry: plan.retry }),
    ...(plan.foreignBytes ? { foreignBytes: plan.foreignBytes } : {}),
  };
}

function journalEntry(result: TurnResult, prompt: string): TurnEnded {
  const { agent: _, workspace: __, sessionId: ___, durationMs: ____, endedAt, ...kept } = result;
  return { ...kept, at: endedAt, prompt };
}
