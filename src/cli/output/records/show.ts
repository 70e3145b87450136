import type { History, NotShownIn } from "../../../app/tell/history.ts";
import type { Shown } from "../../../app/tell/show.ts";
import { isoTime } from "../../../domain/iso-time.ts";
import { quoteWords } from "../../../domain/words.ts";
import { turnEndedRecord } from "./turn.ts";
import { usageRecord } from "./usage.ts";
import { busyWindowRecord } from "./window.ts";

export function showRecord(shown: Shown) {
  const { entry, record, lastTurn } = shown;
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
    created_at: isoTime(entry.createdAt) ?? null,
    last_used_at: entry.usedAt ?? null,
    model: entry.lastModel ?? null,
    effort: entry.lastEffort ?? null,
    agent_command: entry.agentCommand ?? null,
    agent_args: entry.agentArgs ?? [],
    role: record?.roleText ?? null,
    access: record?.access ?? null,
    busy: busyRecord(shown),
    turns: shown.turnCount,
    exchanges_outside: shown.exchangesOutside ?? null,
    usage: { ...usageRecord(shown.usage), is_lower_bound: shown.unknownTurns > 0 },
    last_turn: lastTurn === undefined ? null : turnEndedRecord(lastTurn),
    transcript: shown.transcript ?? null,
    open_command: quoteWords([shown.openCommand.file, ...shown.openCommand.args]),
  };
}

/** A window has no turn and no prompt. `since` is known only for a window that `open` has opened. */
function busyRecord({ busy, window }: Shown) {
  if (busy === undefined && window === undefined) return null;
  return {
    turn_id: busy?.turnId ?? null,
    since: busy?.since ?? window?.since ?? null,
    prompt: busy?.prompt ?? null,
    caller_is_gone: busy?.isCallerGone ?? false,
    window: window === undefined ? null : busyWindowRecord(window),
  };
}

export function historyRecord(history: History) {
  return {
    type: "agent_sessions.history",
    name: history.name,
    agent: history.agent,
    session_id: history.sessionId,
    turns: history.turns.map((turn) => ({ ...turnEndedRecord(turn), session_id: turn.sessionId })),
    not_shown: history.notShown.map((gap) => notShownRecord(history, gap)),
  };
}

/** Names the turns before and after the gap; both are null if its place is unknown. */
function notShownRecord({ turns }: History, { kind, exchanges, at, ...where }: NotShownIn) {
  return {
    kind,
    exchanges: exchanges ?? null,
    after_turn_id: (at === undefined ? undefined : turns[at - 1]?.turnId) ?? null,
    before_turn_id: (at === undefined ? undefined : turns[at]?.turnId) ?? null,
    session_id: where.sessionId,
    name: where.name ?? null,
    transcript: where.transcript ?? null,
  };
}
