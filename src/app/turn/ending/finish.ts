import type { Agent } from "../../../domain/agent/agent.ts";
import type { NameEdit, NameTable } from "../../../domain/names/name.ts";
import { entrySince } from "../../../domain/names/renames.ts";
import { knownState } from "../../../domain/session/known-state.ts";
import type { SessionRecord, TurnEnded } from "../../../domain/session/session.ts";
import type { SessionFolder } from "../../../domain/store.ts";
import type { Folded } from "../../../domain/turn/fold.ts";
import type { TurnFailure } from "../../../domain/turn/turn.ts";
import { type Counters, growthOf, NOTHING, type Usage, usageOfTurn } from "../../../domain/turn/usage.ts";
import { withoutUndefined } from "../../../domain/without-undefined.ts";
import { OnceLog } from "../../../stores/file/once-log.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import type { Context } from "../../context.ts";
import { findEvidence } from "../../conversation/evidence.ts";
import { queuedByOthers } from "../../conversation/queued-by-others.ts";
import { keepTranscript } from "../../conversation/transcript.ts";
import { usageInTranscript } from "../../conversation/usage.ts";
import { lostHint } from "../../hints.ts";
import { isSameMemory, remember } from "../remembered.ts";
import { type CheckedId, checkSessionId } from "./check-id.ts";
import { judgeTurn, type TurnEnding, type Verdict } from "./judge.ts";
import { newRecord } from "./new-record.ts";
import { withdrawName } from "./publish.ts";
import { resultOf, type TurnResult } from "./result.ts";
import { holdToSchema } from "./structured.ts";

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
  if (plan.kind === "once") return finishOnce(context, agent, turn, ending);
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
    const result = await describe(context, plan, ending, verdict, checked, undefined);
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
  const isWorthless = !folded.hasOutput || checked.failure !== undefined;
  if (plan.kind === "create" && result.outcome === "failed" && isWorthless) {
    await withdrawName(context, turn, sessionId);
    // There is no conversation to be had that the prompt could be part of.
    delete result.isPromptKept;
  } else {
    await context.store.update(plan.scope, (names) => moveName(names, plan, result, sessionId));
    if (plan.kind === "send" && sessionId !== plan.sessionId) await carryRole(context, plan, session);
  }
  // Nobody may be there to be told: whoever comes back finds it in the folder.
  if (isSettling || folder.attendant() !== undefined) folder.saveEnding(result);
  return result;
}

/** A turn without a conversation: only what it used is kept. */
async function finishOnce(
  context: Context,
  agent: Agent,
  { folder, plan }: OpenTurn,
  ending: TurnEnding,
): Promise<TurnResult> {
  const { folded } = ending;
  const sessionId = folded.sessionId ?? folded.end?.sessionId;
  const checked: CheckedId = { sessionId, continuity: "new" };
  const verdict = judgeTurn(agent, folder, ending, () => undefined);
  const result = await describe(context, plan, ending, verdict, checked, sessionId);
  const counters = folded.end?.counters;
  const usage =
    counters === undefined
      ? usageInTranscript(context, agent, sessionId, 0)
      : usageOfTurn(undefined, counters);
  if (usage !== undefined) result.usage = usage;
  const { turnId, endedAt: at, workspace, outcome, model } = result;
  await new OnceLog(context.home).append(
    withoutUndefined({ turnId, at, agent: agent.name, workspace, outcome, model, usage }),
  );
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
  const saved = await session.record();
  if (saved === undefined) {
    const before = await recordBefore(context, plan);
    await session.saveRecord(newRecord(plan, key.sessionId, checked.continuity, before));
  }
  const last = await session.journal.last();
  const known = knownState(saved, last);
  const verdict = judgeTurn(agent, folder, ending, () =>
    findEvidence(context, agent, key, known.transcript, plan, prompt),
  );
  const result = await describe(context, plan, ending, verdict, checked, key.sessionId);
  // A turn that ran in another conversation says nothing of this one's counters.
  const counters = checked.failure === undefined ? folded.end?.counters : undefined;
  const told = checked.failure === undefined ? key.sessionId : undefined;
  const queued = queuedByOthers(context, agent, key, known.transcript, plan, prompt);
  if (queued !== undefined) result.foreignPrompts = queued.prompts;
  const since = queued?.counters === undefined ? plan : { ...plan, countersBefore: queued.counters };
  const usage =
    usageInTranscript(context, agent, told, plan.transcriptBytes ?? 0) ??
    usageOf(agent, known.counters, since, folded, counters) ??
    (askedNobody(folder, ending, verdict) ? NOTHING : undefined);
  if (usage !== undefined) result.usage = usage;
  const transcript = keepTranscript(context, agent, key, known.transcript);
  const base = counters ?? (plan.foreignBytes ? undefined : known.counters);
  const agentVersion = folded.agentVersion ?? last?.agentVersion;
  await session.journal.append({
    ...journalEntry(result, prompt),
    ...(plan.arrival === undefined ? {} : { arrival: plan.arrival, boot: plan.caller.boot }),
    ...(agentVersion === undefined ? {} : { agentVersion }),
    ...(base === undefined ? {} : { counters: base }),
    ...(transcript === undefined ? {} : { transcript }),
  });
  return result;
}

/**
 * Whether the model can't have been asked: nothing ran, or the agent left without a word and without the prompt in its
 * transcript, as it does to refuse its command line.
 */
function askedNobody(folder: OpenTurn["folder"], { exit, ended }: TurnEnding, verdict: Verdict): boolean {
  if (verdict.hasRun === false) return true;
  const hasRefused = ended === undefined && (exit?.code ?? 0) !== 0 && !folder.output().bytes;
  return verdict.outcome === "failed" && hasRefused && verdict.isPromptKept === false;
}

/**
 * Gives the conversation that a name has moved to the role that was set while its turn ran. Whoever sets one now finds
 * the name where it has moved.
 */
async function carryRole(context: Context, plan: TurnPlan, session: SessionFolder): Promise<void> {
  const { roleText, isRoleChanged = false } = (await recordBefore(context, plan)) ?? {};
  if (roleText === plan.roleText) return;
  await session.changeRecord((record) => {
    // Set anew since.
    if (record.roleText !== plan.roleText) return record;
    const { roleText: _, ...others } = record;
    return { ...others, ...(roleText === undefined ? {} : { roleText }), isRoleChanged };
  });
}

/** What is kept of the conversation that the turn was sent to. */
async function recordBefore(context: Context, plan: TurnPlan): Promise<SessionRecord | undefined> {
  const { sessionId, scope } = plan;
  if (sessionId === undefined) return undefined;
  return context.store.session({ agent: scope.agent, sessionId }).record();
}

function usageOf(
  agent: Agent,
  before: Counters | undefined,
  plan: TurnPlan,
  folded: Folded,
  counters: Counters | undefined,
): Usage | undefined {
  if (counters === undefined) return undefined;
  const { agentVersion } = folded;
  if (agentVersion !== undefined && agent.countsAnew?.(agentVersion)) return usageOfTurn(undefined, counters);
  const runUsage = folded.end?.runUsage;
  const isFirst = plan.kind === "create" || folded.sessionId !== plan.sessionId;
  const { countersBefore, forkOf } = plan;
  if (countersBefore !== undefined && (forkOf !== undefined || !isFirst))
    return growthOf(countersBefore, counters, runUsage) ?? runUsage;
  // They go on from its trunk's, which are not known.
  if (forkOf !== undefined) return runUsage;
  if (before !== undefined && !plan.foreignBytes) return usageOfTurn(before, counters, runUsage);
  // Counters that others have moved, too, can't be taken apart where the transcript did not tell how they stood:
  // not those of a conversation that began without us, and not those that somebody else has used since our last
  // turn. The run's own count is a lower bound.
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
  const used = { ...entry, sessionId, usedAt: result.endedAt };
  const moved = result.outcome === "succeeded" ? remember(used, plan) : used;
  const isSame = !isFollowing && isSameMemory(moved, entry);
  return isSame
    ? [{ op: "used", name, usedAt: result.endedAt }]
    : [{ op: "set", entry: moved, reason: "turn" }];
}

async function describe(
  context: Context,
  plan: TurnPlan,
  { folded, exit }: TurnEnding,
  judged: Verdict,
  checked: CheckedId,
  sessionId: string | undefined,
): Promise<TurnResult> {
  const endedAt = context.now();
  const agent = context.findAgent(plan.scope.agent);
  const { verdict, structured } = await holdToSchema(agent, plan.schemaText, folded, judged);
  const model = plan.model ?? folded.model;
  const failure = withWayOut(context, plan, verdict.failure ?? checked.failure);
  const { isPromptKept, isOvertaken, hasRun } = verdict;
  return {
    turnId: plan.turnId,
    ...(plan.name === undefined ? {} : { name: plan.name }),
    agent: plan.scope.agent,
    workspace: plan.cwd,
    ...(sessionId === undefined ? {} : { sessionId }),
    outcome: verdict.failure === undefined && checked.failure !== undefined ? "failed" : verdict.outcome,
    continuity: checked.continuity,
    text: verdict.text,
    ...(structured === undefined ? {} : { structured }),
    ...(model === undefined ? {} : { model }),
    ...(plan.effort === undefined ? {} : { effort: plan.effort }),
    ...(plan.access === undefined ? {} : { access: plan.access }),
    startedAt: plan.startedAt,
    endedAt: endedAt.toISOString(),
    durationMs: Math.max(0, endedAt.getTime() - Date.parse(plan.startedAt)),
    ...(exit === undefined ? {} : { exit }),
    ...(failure === undefined ? {} : { failure }),
    ...(isPromptKept === undefined ? {} : { isPromptKept }),
    ...(isOvertaken ? { isOvertaken } : {}),
    ...(hasRun === undefined ? {} : { hasRun }),
    ...(plan.retry === undefined ? {} : { retry: plan.retry }),
    ...(plan.foreignBytes ? { foreignBytes: plan.foreignBytes } : {}),
  };
}

/** What the agent tells of a lost conversation does not say what can be done about its name. */
function withWayOut(
  context: Context,
  { scope, name }: TurnPlan,
  failure: TurnFailure | undefined,
): TurnFailure | undefined {
  if (failure?.code !== "conversation_lost") return failure;
  const hint = lostHint(context, scope, name);
  return hint === undefined ? failure : { ...failure, hint };
}

function journalEntry(result: TurnResult, prompt: string): TurnEnded {
  const { agent: _, workspace: __, sessionId: ___, durationMs: ____, endedAt, ...kept } = result;
  return { ...kept, at: endedAt, prompt };
}
