import type { Adopted } from "../../app/adopt.ts";
import type { Cancelled } from "../../app/cancel.ts";
import type { ChangedRole } from "../../app/change-role.ts";
import type { FoundConversations } from "../../app/conversations.ts";
import type { Cost, Costs } from "../../app/cost.ts";
import type { Detached } from "../../app/detach.ts";
import type { Broken } from "../../app/doctor/break-lock.ts";
import type { Checked } from "../../app/doctor/doctor.ts";
import type { Collected } from "../../app/gc/collection.ts";
import type { History } from "../../app/history.ts";
import { type InstalledAgent, versionIn } from "../../app/installed-agent.ts";
import type { ListedName, Listing } from "../../app/list.ts";
import type { Moves } from "../../app/moves.ts";
import type { ClosedWindow } from "../../app/open-window.ts";
import type { Rebound } from "../../app/rebind.ts";
import type { Removed } from "../../app/remove.ts";
import type { Renamed } from "../../app/rename.ts";
import type { Restored } from "../../app/restore.ts";
import type { Shown } from "../../app/show.ts";
import type { OpenWindow, TurnStatus } from "../../app/status.ts";
import type { TurnResult } from "../../app/turn-result.ts";
import { type Checkpoint, lastSeenMs, reopenWords } from "../../domain/checkpoint/checkpoint.ts";
import type { AppError } from "../../domain/errors.ts";
import { exitCodeOf } from "../../domain/errors.ts";
import { quoteWords } from "../../domain/posix-words.ts";
import type { TurnEnded } from "../../domain/session.ts";
import type { TurnFailure } from "../../domain/turn.ts";
import type { Usage } from "../../domain/usage.ts";

/**
 * The JSON shapes of the command line: snake-case keys, `null` for what is not known, one line each. They
 * are an interface: keys are added, never renamed.
 */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** The last line of a turn's stream, told from the agent's own lines by its `type`. */
export function turnRecord(turn: TurnResult) {
  return {
    type: "agent_sessions.result",
    name: turn.name ?? null,
    agent: turn.agent,
    session_id: turn.sessionId ?? null,
    turn_id: turn.turnId,
    workspace: turn.workspace,
    outcome: turn.outcome,
    continuity: turn.continuity,
    text: turn.text,
    structured: turn.structured ?? null,
    model: turn.model ?? null,
    effort: turn.effort ?? null,
    access: turn.access ?? null,
    usage: usageRecord(turn.usage),
    started_at: turn.startedAt,
    ended_at: turn.endedAt,
    duration_ms: turn.durationMs,
    foreign_bytes: turn.foreignBytes ?? 0,
    rebound_from: turn.reboundFrom ?? null,
    prompt_kept: turn.failure === undefined ? true : (turn.isPromptKept ?? null),
    retry: turn.retry ?? null,
    error: failureRecord(turn.failure),
  };
}

export function existingRecord(agent: string, workspace: string, entry: { name: string; sessionId: string }) {
  return {
    type: "agent_sessions.existing",
    name: entry.name,
    agent,
    session_id: entry.sessionId,
    workspace,
    created: false,
  };
}

/** `restoreCommand` brings the name back. */
export function removedRecord({ name, agent, sessionId }: Removed, restoreCommand: string) {
  return {
    type: "agent_sessions.removed",
    name,
    agent,
    session_id: sessionId,
    restore_command: restoreCommand,
  };
}

export function removedAllRecord(workspace: string, told: readonly { removed: Removed; undo: string }[]) {
  return {
    type: "agent_sessions.removed_all",
    workspace,
    count: told.length,
    names: told.map(({ removed: { name, agent, sessionId }, undo }) => ({
      name,
      agent,
      session_id: sessionId,
      restore_command: undo,
    })),
  };
}

export function renamedRecord(workspace: string, { name, previousName, agent, sessionId }: Renamed) {
  return {
    type: "agent_sessions.renamed",
    name,
    previous_name: previousName,
    agent,
    session_id: sessionId,
    workspace,
  };
}

export function restoredRecord(workspace: string, restored: Restored) {
  const { name, agent, sessionId, previousSessionId } = restored;
  return {
    type: "agent_sessions.restored",
    name,
    agent,
    session_id: sessionId,
    previous_session_id: previousSessionId ?? null,
    workspace,
  };
}

export function adoptedRecord(adopted: Adopted) {
  const { name, agent, workspace, sessionId, previousSessionId, firstPrompt, beganIn, alsoNamed } = adopted;
  return {
    type: "agent_sessions.adopted",
    name,
    agent,
    session_id: sessionId,
    previous_session_id: previousSessionId ?? null,
    workspace,
    began_in: beganIn ?? workspace,
    first_prompt: firstPrompt ?? null,
    also_named: alsoNamed,
  };
}

export function conversationsRecord(
  workspace: string,
  { agents, conversations, hasMore }: FoundConversations,
) {
  return {
    type: "agent_sessions.conversations",
    workspace,
    agents,
    count: conversations.length,
    has_more: hasMore,
    conversations: conversations.map(({ agent, sessionId, usedAt, firstPrompt, names, transcript }) => ({
      agent,
      session_id: sessionId,
      last_used_at: usedAt,
      first_prompt: firstPrompt ?? null,
      names,
      transcript,
    })),
  };
}

export function reboundRecord({ from, workspace, names }: Rebound) {
  return {
    type: "agent_sessions.rebound",
    from,
    workspace,
    count: names.length,
    names: names.map(({ name, agent, sessionId }) => ({ name, agent, session_id: sessionId })),
  };
}

export function closedRecord(closed: ClosedWindow) {
  const { name, agent, workspace, sessionId, continuity, openedAt, closedAt, wentOnIn } = closed;
  return {
    type: "agent_sessions.closed",
    name,
    agent,
    session_id: sessionId,
    workspace,
    continuity,
    opened_at: openedAt,
    closed_at: closedAt,
    went_on_in: wentOnIn ?? null,
  };
}

export function movesRecord(workspace: string, { name, agent, moves }: Moves) {
  return {
    type: "agent_sessions.moves",
    name,
    agent,
    workspace,
    moves: moves.map(({ movesAgo, at, reason, entry, renamedFrom, renamedTo, isKept }) => ({
      moves_ago: movesAgo,
      at: at === "" ? null : at,
      reason,
      session_id: entry?.sessionId ?? null,
      model: entry?.lastModel ?? null,
      effort: entry?.lastEffort ?? null,
      renamed_from: renamedFrom ?? null,
      renamed_to: renamedTo ?? null,
      kept: isKept ?? null,
    })),
  };
}

export function errorRecord(error: AppError) {
  return {
    type: "agent_sessions.error",
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      exit_code: error.exitCode,
      retryable: error.retryable,
      ...error.facts,
    },
  };
}

/** `workspace` is null for all of them. */
export function listRecord(workspace: string | undefined, listing: Listing) {
  return {
    type: "agent_sessions.list",
    workspace: workspace ?? null,
    count: listing.names.length,
    total: listing.total,
    names: listing.names.map(nameRecord),
    creating: listing.creating,
  };
}

function nameRecord({ entry, agent, workspace, isGone, busySince }: ListedName) {
  return {
    name: entry.name,
    agent,
    workspace,
    workspace_is_gone: isGone,
    session_id: entry.sessionId,
    created_at: entry.createdAt ?? null,
    last_used_at: entry.usedAt ?? null,
    model: entry.lastModel ?? null,
    effort: entry.lastEffort ?? null,
    busy_since: busySince ?? null,
  };
}

export function showRecord(shown: Shown) {
  const { entry, record, busy, lastTurn } = shown;
  return {
    type: "agent_sessions.show",
    name: entry.name,
    agent: shown.agent,
    session_id: entry.sessionId,
    parent_session_id: record?.parentId ?? null,
    lineage: shown.lineage.map(({ sessionId, began, at }) => ({
      session_id: sessionId,
      began: began ?? null,
      at: at ?? null,
    })),
    workspace: shown.workspace,
    created_at: entry.createdAt ?? null,
    last_used_at: entry.usedAt ?? null,
    model: entry.lastModel ?? null,
    effort: entry.lastEffort ?? null,
    role: record?.roleText ?? null,
    access: record?.access ?? null,
    busy:
      busy === undefined
        ? null
        : { turn_id: busy.turnId, since: busy.since, prompt: busy.prompt, caller_is_gone: busy.isCallerGone },
    turns: shown.turnCount,
    usage: { ...usageRecord(shown.usage), is_lower_bound: shown.unknownTurns > 0 },
    last_turn: lastTurn === undefined ? null : turnEndedRecord(lastTurn),
    transcript: shown.transcript ?? null,
    open_command: quoteWords([shown.openCommand.file, ...shown.openCommand.args]),
  };
}

export function roleRecord({ entry, agent, workspace, record }: Shown) {
  return {
    type: "agent_sessions.role",
    name: entry.name,
    agent,
    session_id: entry.sessionId,
    workspace,
    role: record?.roleText ?? null,
    changed: record?.isRoleChanged ?? false,
  };
}

export function changedRoleRecord(workspace: string, changed: ChangedRole) {
  return {
    type: "agent_sessions.role_changed",
    name: changed.name,
    agent: changed.agent,
    session_id: changed.sessionId,
    workspace,
    role: changed.roleText ?? null,
    previous_role: changed.previousRoleText ?? null,
  };
}

export function historyRecord(history: History) {
  return {
    type: "agent_sessions.history",
    name: history.name,
    agent: history.agent,
    session_id: history.sessionId,
    turns: history.turns.map((turn) => ({ ...turnEndedRecord(turn), session_id: turn.sessionId })),
  };
}

export function gcRecord(isDryRun: boolean, collected: Collected) {
  return {
    type: "agent_sessions.gc",
    dry_run: isDryRun,
    turns: collected.turns,
    callers: collected.callers,
    litter: collected.litter,
    conversations: collected.sessions.length,
    freed_bytes: collected.freedBytes,
    removed: collected.sessions.map(({ agent, sessionId, lastUsedAt }) => ({
      agent,
      session_id: sessionId ?? null,
      last_used_at: lastUsedAt ?? null,
    })),
    skipped: collected.skipped,
  };
}

function turnEndedRecord(turn: TurnEnded) {
  return {
    turn_id: turn.turnId,
    outcome: turn.outcome,
    continuity: turn.continuity,
    prompt: turn.prompt,
    text: turn.text,
    model: turn.model ?? null,
    effort: turn.effort ?? null,
    access: turn.access ?? null,
    usage: usageRecord(turn.usage),
    started_at: turn.startedAt,
    ended_at: turn.at,
    prompt_kept: turn.failure === undefined ? true : (turn.isPromptKept ?? null),
    retry: turn.retry ?? null,
    error: failureRecord(turn.failure),
  };
}

function usageRecord(usage: Usage | undefined) {
  if (usage === undefined) return null;
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cost_usd: usage.costUsd ?? null,
  };
}

function failureRecord(failure: TurnFailure | undefined) {
  if (failure === undefined) return null;
  const { code, message, hint } = failure;
  return { code, message, hint: hint ?? null, exit_code: exitCodeOf(code) };
}

/** What `--detach` answers. */
export function acceptedRecord({ turnId, name, agent, workspace, sessionId, reboundFrom }: Detached) {
  return {
    type: "agent_sessions.accepted",
    turn_id: turnId,
    name,
    agent,
    session_id: sessionId ?? null,
    workspace,
    rebound_from: reboundFrom ?? null,
  };
}

export function cancelRecord(name: string, { cancelled, turn }: Cancelled) {
  return {
    type: "agent_sessions.cancel",
    name,
    cancelled,
    turn: turn === undefined ? null : turnRecord(turn),
  };
}

export function statusRecord(
  workspace: string | undefined,
  turns: readonly TurnStatus[],
  windows: readonly OpenWindow[],
) {
  return {
    type: "agent_sessions.status",
    workspace: workspace ?? null,
    count: turns.length,
    turns: turns.map((turn) => ({
      turn_id: turn.turnId ?? null,
      name: turn.name ?? null,
      agent: turn.agent,
      session_id: turn.sessionId ?? null,
      workspace: turn.workspace,
      reason: turn.reason,
      since: turn.since,
      called_by: turn.calledBy ?? null,
      pid: turn.pid ?? null,
      last_output_at: turn.lastOutputAt ?? null,
      output_bytes: turn.outputBytes,
      doing: turn.doing ?? null,
      deadline_at: turn.deadlineAt ?? null,
      stalled: turn.isStalled,
      problem: turn.problem ?? null,
    })),
    windows: windows.map(({ name, agent, workspace, sessionId, pid, kind, status, since, wentOnIn }) => ({
      name,
      agent,
      session_id: sessionId,
      workspace,
      pid,
      kind,
      status: status ?? null,
      opened_at: since ?? null,
      went_on_in: wentOnIn ?? null,
    })),
  };
}

export function costRecord(by: string, { groups, total }: Costs) {
  const record = ({ turns, unknownTurns, usage }: Cost) => ({
    turns,
    unknown_turns: unknownTurns,
    is_lower_bound: unknownTurns > 0,
    ...usageRecord(usage),
  });
  return {
    type: "agent_sessions.cost",
    by,
    groups: groups.map(({ key, ...sum }) => ({ key, ...record(sum) })),
    total: record(total),
  };
}

export function doctorRecord(checked: readonly Checked[]) {
  const count = (status: Checked["status"]) => checked.filter((one) => one.status === status).length;
  return {
    type: "agent_sessions.doctor",
    problems: count("problem"),
    warnings: count("warning"),
    checks: checked.map(({ check, status, message, hint }) => ({
      check,
      status,
      message,
      hint: hint ?? null,
    })),
  };
}

export function brokenRecord(name: string | undefined, workspace: string, { locks, turns }: Broken) {
  return {
    type: "agent_sessions.lock_broken",
    name: name ?? null,
    workspace,
    locks,
    turns: turns.map(turnRecord),
  };
}

export function checkpointRecord(checkpoint: Checkpoint) {
  const { automatic } = checkpoint;
  const seenMs = lastSeenMs(checkpoint);
  return {
    session_id: checkpoint.sessionId,
    agent: automatic?.agent ?? "claude",
    last_seen_at: seenMs === 0 ? null : new Date(seenMs).toISOString(),
    ended_at: checkpoint.endedAt ?? null,
    last_task: checkpoint.lastTask,
    summary: checkpoint.summary,
    saved_by: checkpoint.isByHand ? "hand" : "hook",
    resumed_from: checkpoint.resumedFrom ?? null,
    open_command: quoteWords(reopenWords(checkpoint)),
  };
}

export function agentsRecord(installed: readonly InstalledAgent[]) {
  return {
    type: "agent_sessions.agents",
    agents: installed.map((one) => {
      const { name, title, can, costs, promptLimitBytes, roleLimitBytes } = one.agent;
      return {
        name,
        title,
        path: one.path ?? null,
        version: one.versionLine === undefined ? null : versionIn(one),
        problem: one.problem ?? null,
        can: {
          fork: can.fork !== false,
          efforts: can.efforts,
          role: roleLimitBytes > 0,
          change_role: can.changeRole,
          schema: can.schema,
          access: can.access,
          forget: can.forget,
          rewind: can.rewind,
          choose_id: can.chooseId,
        },
        costs,
        prompt_limit_bytes: promptLimitBytes,
        role_limit_bytes: roleLimitBytes,
      };
    }),
  };
}
