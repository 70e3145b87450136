/**
 * Conversations with coding-agent CLIs, under durable names. Errors are thrown as an `AppError` with a code; a turn
 * that failed is a result with an `outcome`. Times are ISO 8601 in UTC, durations are milliseconds. What
 * is unknown is `undefined`.
 */
// biome-ignore-all assist/source/organizeImports: this is the order of docs/api.md

// Conversations and turns
export { openSessions } from "./library/open-sessions.ts";
export type { Sessions } from "./library/sessions.ts";
export type { Conversation, NewConversation, DetachedConversation } from "./library/conversation.ts";
export type { Turn, TurnStream, StreamEvent } from "./library/turn.ts";
export { doctor } from "./library/doctor.ts";

// Results and events of a turn
export type { TurnResult } from "./domain/turn/turn.ts";
export type { PastTurn } from "./app/turn/ending/result.ts";
export type { LeftOut, SaidByOthers } from "./app/tell/left-out.ts";
export type { Outcome, Continuity, KnownBy, TurnFailure, Retry, AgentExit } from "./domain/turn/turn.ts";
export type { TreeState, TurnTree } from "./domain/tree/tree.ts";
export type { Usage } from "./domain/turn/usage.ts";
export type { TurnEvent, TurnEnd } from "./domain/turn/turn.ts";
export type { Counters } from "./domain/turn/usage.ts";

// Errors
export { AppError, type AppErrorCode, type AppErrorDetails } from "./domain/errors.ts";

// Options
export type {
  OpenOptions,
  TurnOptions,
  SignalOption,
  TreeOption,
  FirstTurnOptions,
  CreateOptions,
  SendOptions,
  AskOnceOptions,
  FreshOption,
  OnceOptions,
  WhichTurn,
  AttachOptions,
  WaitOptions,
  WhichAgent,
  Reach,
  ListOptions,
  AdoptOptions,
  RebindOptions,
  CostOptions,
  SearchOptions,
  GateOptions,
  GateAnswerOptions,
  ExportOptions,
  ImportOptions,
  GcOptions,
  DoctorOptions,
  AgentName,
} from "./library/options.ts";
export type { Access } from "./domain/agent/access.ts";
export type { Grouping } from "./app/tell/cost.ts";
export type { Sorting } from "./app/names/listing/list.ts";

// Answers about conversations
export type { Listing, ListedName } from "./app/names/listing/list.ts";
export type { NameState, Standing } from "./app/names/listing/state.ts";
export type { AdoptedConversation } from "./library/adopted.ts";
export type { Exported } from "./app/travel/export.ts";
export type { ImportedConversation } from "./library/imported.ts";
export type { Imported } from "./app/travel/import.ts";
export type { TravelSettings } from "./domain/travel/format.ts";
export type { FoundConversations, ListedConversation, FoundConversation } from "./app/names/conversations.ts";
export type { PlacedName } from "./app/names/tables.ts";
export type { Rebound } from "./app/names/rebind.ts";
export type { NamedConversation } from "./app/names/named.ts";
export type { TurnState } from "./domain/runner.ts";
export type { ConversationSummary } from "./app/tell/show.ts";
export type { Ancestor } from "./app/conversation/lineage.ts";
export type { Detached } from "./app/ask/askers/detached.ts";
export type { Cancelled } from "./app/watch/cancel.ts";
export type { TurnDiff } from "./app/watch/diff.ts";
export type { Status, TurnStatus, BusyReason } from "./app/watch/status.ts";
export type { OpenWindow, BusyWindow } from "./app/turn/open-windows.ts";
export type { Keeper } from "./app/watch/keepers.ts";
export type { Activity } from "./domain/turn/activity.ts";
export type { ForeignWriter } from "./app/turn/foreign-writer.ts";
export type { BudgetStanding, BudgetSource } from "./domain/budget/caps.ts";
export type { BudgetUnit } from "./domain/budget/budget.ts";
export type { Costs, Cost } from "./app/tell/cost.ts";
export type { SearchResult, SearchHit } from "./app/tell/search.ts";
export type { Snippet } from "./domain/search/snippet.ts";
export type { Span } from "./domain/search/match.ts";
export type { NextSend } from "./app/tell/next-send.ts";
export type { CacheLifetime } from "./domain/turn/prompt-cache.ts";
export type { RoleChange } from "./app/tell/role.ts";
export type { Renamed } from "./app/names/rename.ts";
export type { Removed } from "./app/names/remove.ts";
export type { Move } from "./app/names/reflog.ts";
export type { NameReason } from "./domain/names/name.ts";

// Gates
export type { Gate, GateState, GateDecision, GateAnswer, Answerer } from "./domain/gate/gate.ts";

// Other answers
export type { CollectedRows } from "./stores/postgres/deleting/collect.ts";
export type { PurgedRows } from "./stores/postgres/deleting/purge.ts";
export type { Purged } from "./app/store/purge.ts";
export type { Collected, CollectedSession } from "./app/gc/collection.ts";
export type { Broken } from "./app/doctor/break-lock.ts";
export type { BrokenLock } from "./app/doctor/break-lock.ts";
export type { Checked } from "./app/doctor/examine.ts";
export type { Finding, FindingStatus } from "./app/doctor/finding.ts";
export type { SavedCheckpoint } from "./app/tell/checkpoints.ts";
