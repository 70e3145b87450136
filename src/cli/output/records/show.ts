import type { History } from "../../../app/history.ts";
import type { Shown } from "../../../app/show.ts";
import { quoteWords } from "../../../domain/posix-words.ts";
import { turnEndedRecord } from "./turn.ts";
import { usageRecord } from "./usage.ts";

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

export function historyRecord(history: History) {
  return {
    type: "agent_sessions.history",
    name: history.name,
    agent: history.agent,
    session_id: history.sessionId,
    turns: history.turns.map((turn) => ({ ...turnEndedRecord(turn), session_id: turn.sessionId })),
  };
}
