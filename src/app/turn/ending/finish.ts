import type { Agent } from "../../../domain/agent/agent.ts";
import type { NameEdit, NameEntry, NameTable } from "../../../domain/names/name.ts";
import { entrySince } from "../../../domain/names/renames.ts";
import type { ProgramShown, SessionKey, SessionRecord, TurnEnded } from "../../../domain/session/session.ts";
import type { NameUse, SessionFolder } from "../../../domain/store.ts";
import type { TurnEvidence } from "../../../domain/turn/evidence.ts";
import type { Folded } from "../../../domain/turn/fold.ts";
import type { TurnFailure } from "../../../domain/turn/turn.ts";
import { type Counters, growthOf, NOTHING, type Usage, usageOfTurn } from "../../../domain/turn/usage.ts";
import { withoutUndefined } from "../../../domain/without-undefined.ts";
import { OnceLog } from "../../../stores/file/once-log.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import type { Context } from "../../context.ts";
import { readConversation } from "../../conversation/conversation.ts";
import { evidenceInCopy, keepCopyLater } from "../../conversation/copies.ts";
import { findEvidence } from "../../conversation/evidence.ts";
import { queuedByOthers } from "../../conversation/queued-by-others.ts";
import { keepTranscript } from "../../conversation/transcript.ts";
import { usageInTranscript } from "../../conversation/usage.ts";
import { lostHint } from "../../hints.ts";
import { findLauncher } from "../launcher.ts";
import { isSameMemory, remember } from "../remembered.ts";
import { holdToSchema } from "../schema.ts";
import { type CheckedId, checkSessionId } from "./check-id.ts";
import { exitIn, judgeTurn, type TurnEnding, type Verdict } from "./judge.ts";
import { newRecord, withdrawal } from "./publish.ts";
import { endedOf, resultOf, type TurnResult } from "./result.ts";

/**
 * Records the end of a turn: checks the conversation's id, keeps the transcript, writes the journal and then
 * the name, each durable before the next. Works the same for the command that ran the turn and for one that
 * settles it later.
 */
export async function finishTurn(context: Context, turn: OpenTurn, ending: TurnEnding): Promise<TurnResult> {
  const { folder, plan } = turn;
  const agent = context.findAgent(plan.scope.agent);
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
    const result = await describe(context, { folder, plan }, ending, verdict, checked, undefined);
    folder.saveEnding(result);
    return result;
  }

  const session = context.store.session({ agent: agent.name, sessionId });
  // Only a turn whose command is gone can be in the journal already: the command may have died right after
  // writing.
  const isSettling = ending.agentEnd.kind !== "seen";
  // The caller may be gone: a later command finds the result in the folder, and tells it.
  const isUnattended = isSettling || folder.attendant() !== undefined;
  const written = isSettling ? await session.journal.find(plan.turnId) : undefined;
  const { result, end } =
    written === undefined
      ? await judge(context, agent, turn, ending, checked, session.key)
      : { result: resultOf(written, { agent: agent.name, workspace: plan.cwd, sessionId }), end: undefined };
  const isWorthless = !folded.hasOutput || checked.failure !== undefined;
  const isWithdrawn = plan.kind === "create" && result.outcome === "failed" && isWorthless;
  const change = isWithdrawn
    ? withdrawal(turn, sessionId)
    : (names: NameTable) => moveName(names, plan, result, sessionId);
  // No conversation is left to continue, so it means nothing.
  if (isWithdrawn) for (const told of [result, end?.turn]) delete told?.isPromptKept;
  if (end === undefined) await context.store.update(plan.scope, change);
  else {
    const used = isWithdrawn ? undefined : useOf(plan, result, sessionId);
    // Before the end is there: whoever is told of it takes the mark away.
    if (isUnattended) await session.unread.set(plan.turnId);
    await session.end(end.turn, { record: end.record, names: { scope: plan.scope, change, used } });
  }
  if (!isWithdrawn && plan.kind === "send" && sessionId !== plan.sessionId)
    await carryRole(context, plan, session);
  if (isUnattended) folder.saveEnding(result);
  return result;
}

/** Ends a turn without a conversation: only its usage is kept. */
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
  const result = await describe(context, { folder, plan }, ending, verdict, checked, sessionId);
  const counters = folded.end?.counters;
  const usage =
    folded.usage ??
    (counters === undefined
      ? usageInTranscript(context, agent, sessionId, 0)
      : usageOfTurn(undefined, counters));
  if (usage !== undefined) result.usage = usage;
  const { turnId, endedAt: at, workspace, outcome, model } = result;
  await new OnceLog(context.home).append(
    withoutUndefined({ turnId, at, agent: agent.name, workspace, outcome, model, usage }),
  );
  return result;
}

/** Judges the turn, and returns what its end adds to the conversation, with the state of the transcript. */
async function judge(
  context: Context,
  agent: Agent,
  { folder, plan }: OpenTurn,
  ending: TurnEnding,
  checked: CheckedId,
  key: SessionKey,
): Promise<{ result: TurnResult; end: { turn: TurnEnded; record: SessionRecord | undefined } }> {
  const { folded } = ending;
  const prompt = folder.prompt();
  const conversation = await readConversation(context, key);
  const { last, known } = conversation;
  const record =
    conversation.record === undefined
      ? newRecord(plan, key.sessionId, checked.continuity, await recordBefore(context, plan))
      : undefined;
  const place = { launcher: () => findLauncher(context, agent, plan.agentCommand), cwd: plan.cwd };
  const seen =
    agent.copies === undefined
      ? () => findEvidence(conversation, plan, prompt)
      : await evidenceOfCopy(ending, () => evidenceInCopy(conversation, plan, prompt, place));
  const verdict = judgeTurn(agent, folder, ending, seen);
  const result = await describe(context, { folder, plan }, ending, verdict, checked, key.sessionId);
  // A turn that ran in the wrong conversation does not change the counters of this one.
  const counters = checked.failure === undefined ? folded.end?.counters : undefined;
  const told = checked.failure === undefined ? key.sessionId : undefined;
  const queued = queuedByOthers(conversation, plan, prompt);
  if (queued !== undefined) result.foreignPrompts = queued.prompts;
  const before = queued?.counters ?? plan.countersBefore;
  const isFork = plan.forkOf !== undefined;
  const usage =
    folded.usage ??
    // Those of a fork begin with its parent's, which its transcript does not tell apart.
    usageInTranscript(context, agent, told, plan.transcriptBytes ?? 0, isFork ? undefined : counters) ??
    usageOf(agent, plan, folded, { counters, before, known: known.counters }) ??
    (askedNobody(folder, ending, verdict) ? NOTHING : undefined);
  if (usage !== undefined) result.usage = usage;
  const transcript = keepTranscript(record === undefined ? conversation : { ...conversation, record });
  // Without a seen end, the copy that was made as evidence is that of the turn.
  if (exitIn(ending) !== undefined && result.failure?.code !== "conversation_lost")
    await keepCopyLater(conversation, plan.turnId, place);
  const base = counters ?? (plan.foreignBytes ? undefined : known.counters);
  const agentVersion = folded.agentVersion ?? last?.agentVersion;
  const turn = {
    ...endedOf(result, prompt),
    ...(plan.arrival === undefined ? {} : { arrival: plan.arrival, boot: plan.caller.boot }),
    ...withoutUndefined({
      agentVersion,
      counters: base,
      transcript,
      promptId: plan.promptId,
      program: programShown(plan, folded, last),
    }),
  };
  return { result, end: { turn, record } };
}

/** A copy takes a start of the agent: it is made only for a turn whose end nobody saw. */
async function evidenceOfCopy(
  { agentEnd }: TurnEnding,
  look: () => Promise<TurnEvidence | undefined>,
): Promise<() => TurnEvidence | undefined> {
  const evidence = agentEnd.kind === "unseen" ? await look() : undefined;
  return () => evidence;
}

/** Returns what is known of the program after a turn: a turn that has said nothing shows nothing new. */
function programShown(
  { program }: TurnPlan,
  { takesPromptIds, agentVersion }: Folded,
  last: TurnEnded | undefined,
): ProgramShown | undefined {
  if (program?.takesPromptIds === false) return { ...program, takesPromptIds: false };
  if (program !== undefined && takesPromptIds) return { ...program, takesPromptIds };
  return agentVersion === undefined ? last?.program : undefined;
}

/**
 * Whether the model was certainly not asked: nothing ran, or the agent failed without output and without the
 * prompt in its transcript, as when it refuses its command line.
 */
function askedNobody(folder: OpenTurn["folder"], ending: TurnEnding, verdict: Verdict): boolean {
  if (verdict.hasRun === false) return true;
  const hasRefused =
    ending.ended === undefined && (exitIn(ending)?.code ?? 0) !== 0 && !folder.output().bytes;
  return verdict.outcome === "failed" && hasRefused && verdict.isPromptKept === false;
}

/**
 * Copies a role that was set while the turn ran to the conversation that the name has moved to. A role that
 * is set from now on goes there directly.
 */
async function carryRole(context: Context, plan: TurnPlan, session: SessionFolder): Promise<void> {
  const { roleText, isRoleChanged = false } = (await recordBefore(context, plan)) ?? {};
  if (roleText === plan.roleText) return;
  await session.changeRecord((record) => {
    // The role of the new conversation was set meanwhile: keep it.
    if (record.roleText !== plan.roleText) return record;
    const { roleText: _, ...others } = record;
    return { ...others, ...(roleText === undefined ? {} : { roleText }), isRoleChanged };
  });
}

/** Returns the record of the conversation that the turn was sent to. */
async function recordBefore(context: Context, plan: TurnPlan): Promise<SessionRecord | undefined> {
  const { sessionId, scope } = plan;
  if (sessionId === undefined) return undefined;
  return context.store.session({ agent: scope.agent, sessionId }).record();
}

/** The agent's counters at the end of a turn, where they are known before it, and at the end of our last turn. */
type UsageBasis = Record<"counters" | "before" | "known", Counters | undefined>;

function usageOf(
  agent: Agent,
  plan: TurnPlan,
  folded: Folded,
  { counters, before, known }: UsageBasis,
): Usage | undefined {
  if (counters === undefined) return undefined;
  const { agentVersion } = folded;
  if (agentVersion !== undefined && agent.countsAnew?.(agentVersion)) return usageOfTurn(undefined, counters);
  const runUsage = folded.end?.runUsage;
  const isFirst = plan.kind === "create" || folded.sessionId !== plan.sessionId;
  const { forkOf } = plan;
  if (before !== undefined && (forkOf !== undefined || !isFirst))
    return growthOf(before, counters, runUsage) ?? runUsage;
  // A fork's counters continue from its parent's, which are unknown here.
  if (forkOf !== undefined) return runUsage;
  if (known !== undefined && !plan.foreignBytes) return usageOfTurn(known, counters, runUsage);
  // If others have moved the counters too, and the transcript did not record their state before the turn, our
  // part can't be separated. That applies to a conversation that began without us, and to one that others
  // have used since our last turn. The run's own count is a lower bound.
  return isFirst ? usageOfTurn(undefined, counters) : runUsage;
}

/**
 * Returns the edits of the turn's name, which may have been renamed by now. Leaves a name alone that was
 * moved to another conversation or removed meanwhile.
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

/** Returns the use of a name that the turn has neither moved nor taught anything; undefined if it has no name. */
function useOf(plan: TurnPlan, result: TurnResult, sessionId: string): NameUse | undefined {
  if (plan.name === undefined || plan.sessionId !== sessionId) return undefined;
  const isSame = (entry: NameEntry) =>
    entry.sessionId === sessionId &&
    (result.outcome !== "succeeded" || isSameMemory(remember(entry, plan), entry));
  return { name: plan.name, usedAt: result.endedAt, isSame };
}

async function describe(
  context: Context,
  { folder, plan }: OpenTurn,
  ending: TurnEnding,
  judged: Verdict,
  checked: CheckedId,
  sessionId: string | undefined,
): Promise<TurnResult> {
  const { folded } = ending;
  const exit = exitIn(ending);
  const endedAt = context.now();
  const agent = context.findAgent(plan.scope.agent);
  const { verdict, structured } = await holdToSchema(agent, plan.schemaText, folded, judged);
  return withoutUndefined({
    turnId: plan.turnId,
    name: plan.name,
    agent: plan.scope.agent,
    workspace: plan.cwd,
    sessionId,
    outcome: verdict.failure === undefined && checked.failure !== undefined ? "failed" : verdict.outcome,
    continuity: checked.continuity,
    continuityKnownBy: folded.knownBy,
    text: verdict.text,
    structured,
    model: plan.model ?? folded.model,
    effort: plan.effort,
    access: plan.access,
    startedAt: plan.startedAt,
    endedAt: endedAt.toISOString(),
    durationMs: Math.max(0, endedAt.getTime() - Date.parse(plan.startedAt)),
    process: folder.isWarm() ? ("warm" as const) : ("cold" as const),
    exit,
    failure: withWayOut(context, plan, verdict.failure ?? checked.failure),
    isPromptKept: verdict.isPromptKept,
    isOvertaken: verdict.isOvertaken,
    hasRun: verdict.hasRun,
    retry: plan.retry,
    foreignBytes: plan.foreignBytes || undefined,
  });
}

/** Adds our hint about the name to a lost conversation: the agent's own message knows nothing of names. */
function withWayOut(
  context: Context,
  { scope, name }: TurnPlan,
  failure: TurnFailure | undefined,
): TurnFailure | undefined {
  if (failure?.code !== "conversation_lost") return failure;
  const hint = lostHint(context, scope, name);
  return hint === undefined ? failure : { ...failure, hint };
}
