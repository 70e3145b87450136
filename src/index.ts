/**
 * Conversations with coding-agent CLIs, under names that keep. What goes wrong is thrown as an `AppError` with a
 * code; a turn that failed is a result with an `outcome`. Times are ISO 8601 in UTC, durations milliseconds.
 */
// biome-ignore-all assist/source/organizeImports: this is the order of docs/api.md

// Conversations and turns
export { openSessions } from "./library/open-sessions.ts";
export type { Sessions } from "./library/sessions.ts";
export type { Conversation, NewConversation, DetachedConversation } from "./library/conversation.ts";
export type { Turn, TurnStream, StreamEvent } from "./library/turn.ts";
export { doctor } from "./library/doctor.ts";

// What a turn tells
export type { TurnResult } from "./app/turn-result.ts";
export type { PastTurn } from "./library/past-turn.ts";
export type { LeftOut } from "./library/left-out.ts";
export type { Outcome, Continuity, TurnFailure, Retry, AgentExit } from "./domain/turn.ts";
export type { Usage } from "./domain/usage.ts";
export type { TurnEvent, TurnEnd } from "./domain/turn.ts";
export type { Counters } from "./domain/usage.ts";

// What goes wrong
export { AppError, type AppErrorCode, type AppErrorDetails } from "./domain/errors.ts";

// What can be asked for
export type {
  OpenOptions,
  TurnOptions,
  SignalOption,
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
  GcOptions,
  DoctorOptions,
  AgentName,
} from "./library/options.ts";
export type { Access } from "./domain/access.ts";
export type { Grouping } from "./app/cost.ts";
export type { Sorting } from "./app/list.ts";

// Answers about conversations
export type { Listing, ListedName, AdoptedConversation } from "./library/sessions.ts";
export type { FoundConversations, ListedConversation, FoundConversation } from "./app/conversations.ts";
export type { PlacedName } from "./app/names-of-sessions.ts";
export type { Rebound } from "./app/rebind.ts";
export type { NamedConversation, ConversationSummary } from "./library/summary.ts";
export type { Ancestor } from "./app/lineage.ts";
export type { Detached } from "./app/detach.ts";
export type { Cancelled } from "./app/cancel.ts";
export type { Status, TurnStatus, BusyReason } from "./app/status.ts";
export type { OpenWindow, BusyWindow } from "./app/open-windows.ts";
export type { Activity } from "./domain/activity.ts";
export type { ForeignWriter } from "./app/foreign-writer.ts";
export type { Costs, Cost } from "./app/cost.ts";
export type { RoleChange } from "./library/role-change.ts";
export type { Renamed } from "./app/rename.ts";
export type { Removed } from "./app/remove.ts";
export type { Move } from "./library/name-move.ts";
export type { NameReason } from "./domain/name.ts";

// Answers about the rest
export type { Collected, CollectedSession } from "./app/gc/collection.ts";
export type { Broken } from "./app/doctor/break-lock.ts";
export type { BrokenLock } from "./app/doctor/break-names.ts";
export type { Checked } from "./app/doctor/doctor.ts";
export type { Finding, FindingStatus } from "./app/doctor/finding.ts";
export type { SavedCheckpoint } from "./library/saved-checkpoint.ts";
