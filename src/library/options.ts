import type { Sorting } from "../app/names/list.ts";
import type { Grouping } from "../app/tell/cost.ts";
import type { Access } from "../domain/agent/access.ts";

/** The agents that this version knows. Another name is an `AppError` `usage`. */
export type AgentName = "claude" | "codex" | "copilot" | (string & Record<never, never>);

/** How the state of this user is found, and who is told of what. */
export interface OpenOptions {
  /**
   * The folder whose names these are, and in which agents run; relative to the current one. Default: the current
   * one.
   */
  workspace?: string | undefined;
  /** The environment in which agents run and state is looked for. Default: that of this process. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Gets one sentence for people at a time: a turn waits in line, something was mended, an agent is silent.
   * Default: nobody is told.
   */
  notify?: ((message: string) => void) | undefined;
}

/** Needed only where two agents own the name. */
export interface WhichAgent {
  agent?: AgentName | undefined;
}

/** Which turn of a conversation. */
export interface WhichTurn {
  /** One of the turns of the conversation. Default: the one that was asked for last. */
  turnId?: string | undefined;
}

/** What can be said about any turn. */
export interface TurnOptions {
  /** In the agent's words, such as `opus`. Later turns of the name keep to it. Default: the agent's own. */
  model?: string | undefined;
  /** How much the model is to think, in the agent's words. Later turns of the name keep to it. */
  effort?: string | undefined;
  /** What the agent may do in this turn. Default: what the conversation was created with, else its own settings. */
  access?: Access | undefined;
  /** A JSON Schema, all of which the answer has to fit. The result has the answer as `structured`. */
  schema?: object | undefined;
  /**
   * A wrapper to run in the agent's place, with its own arguments, such as `my-claude --profile x`. Later turns of the
   * name keep to it; empty for the agent itself.
   */
  agentCommand?: string | undefined;
  /** Arguments that are passed on to the agent as they are. Later turns of the name keep to them; empty for none. */
  agentArgs?: readonly string[] | undefined;
  /** Ends the turn so many milliseconds after it was asked for, with the outcome `deadline`. */
  deadlineMs?: number | undefined;
  /** Ends the turn once its agent has written more bytes than this, with the outcome `output_limit`. */
  maxOutputBytes?: number | undefined;
  /** Tells `notify`, and `status`, of a silence of so many milliseconds. It ends nothing. */
  stallMs?: number | undefined;
  /** Whether the text is to come piece by piece too, as `text-delta`, where the agent offers it. */
  partials?: boolean | undefined;
}

/** How a turn that was asked for is ended from here. */
export interface SignalOption {
  /**
   * Ends the turn with all that it has started. One that runs comes to a result with the outcome `cancelled`; one
   * that has not begun never does, and an `AppError` `cancelled` says so.
   */
  signal?: AbortSignal | undefined;
}

/** What can be said about the first turn of a conversation. */
export interface FirstTurnOptions extends TurnOptions {
  /** Default: the smallest prompt there is, since agents start a conversation only to say something. */
  prompt?: string | undefined;
}

/** What can be said about a new conversation. Model, effort, role and access hold on its later turns too. */
export interface CreateOptions extends FirstTurnOptions {
  /** Default: `claude`. */
  agent?: AgentName | undefined;
  /** Who the agent is to be, on every turn of the conversation. */
  role?: string | undefined;
  /**
   * What to do where the name exists: `fail` with `name_exists`; `replace` it, with the old conversation kept for
   * `restore`; or `keep` it as it is, and run nothing. Default: `fail`.
   */
  ifExists?: "fail" | "replace" | "keep" | undefined;
}

/** What can be said about a turn without a conversation. */
export interface OnceOptions extends TurnOptions {
  /** Default: `claude`. */
  agent?: AgentName | undefined;
  /** Who the agent is to be. */
  role?: string | undefined;
  /** Whether the conversation is kept, without a name, for `resume` with the `sessionId` of the result. */
  resumable?: boolean | undefined;
}

/** What can be said about a turn in a conversation that exists. */
export interface SendOptions extends TurnOptions {
  /**
   * Where another turn runs in the conversation: `wait` in line, first come, first served, or `fail` with `busy`.
   * Default: `wait`.
   */
  ifBusy?: "wait" | "fail" | undefined;
  /**
   * Send although a window of the agent has the conversation open. It does not see this turn, and if it goes on,
   * this turn or its own is lost.
   */
  withOpenWindow?: boolean | undefined;
  /** Send although the agent's transcript has become shorter. */
  trustTranscript?: boolean | undefined;
}

/** How a lost conversation is replaced. */
export interface FreshOption {
  /**
   * Where the conversation is lost, begin a new one under its name, with its model, effort, role and access. The
   * result says so: its `continuity` is `fresh`. Not with `requestId` or `forkFrom`.
   */
  fresh?: boolean | undefined;
}

/** How a request is made again without being answered twice. */
export interface AskOnceOptions {
  /**
   * A text of your own for this request: where it was made before, by any process, its result is told, and nothing
   * is sent.
   */
  requestId?: string | undefined;
  /** With `requestId`, where nobody knows how the first attempt ended: `fail`, or `resend`. Default: `fail`. */
  onUnknown?: "fail" | "resend" | undefined;
}

/** What is to be followed. */
export interface AttachOptions extends WhichTurn {
  /** Leaves out what the agent has said so far. */
  fromNow?: boolean | undefined;
  /** Ends the following, not the turn: an `AppError` `cancelled`. */
  signal?: AbortSignal | undefined;
}

/** What is to be waited for, and how long. */
export interface WaitOptions extends WhichTurn {
  /** Ends the wait, not the turn, after so many milliseconds: an `AppError` `still_running`. */
  timeoutMs?: number | undefined;
  /** Ends the wait, not the turn: an `AppError` `cancelled`. */
  signal?: AbortSignal | undefined;
}

/** What is to be added up, and how it is grouped. */
export interface CostOptions {
  /** Only turns that ended then or later. */
  since?: Date | undefined;
  /** What the groups are. Default: `name`. */
  by?: Grouping | undefined;
}

/** Whose, where more than one workspace is meant. */
export interface Reach extends WhichAgent {
  /** Of all workspaces of this user. Default: of this one. */
  everywhere?: boolean | undefined;
}

/** Which names are listed, and in which order. */
export interface ListOptions {
  /** Only names with this text in them; with `*` or `?`, names that fit as file names do. Capitals do not matter. */
  pattern?: string | undefined;
  /** The newest first where it is a time. Default: `used`. */
  sort?: Sorting | undefined;
  /** So many names at most. */
  limit?: number | undefined;
}

/** Which conversation is named. */
export interface AdoptOptions {
  /** Whose it is. Default: whoever has it. */
  agent?: AgentName | undefined;
  /** The agent's own id. Default: the conversation of the workspace that was used last and has no name. */
  sessionId?: string | undefined;
  /** Where the name exists: `fail` with `name_exists`, or `replace` it. Default: `fail`. */
  ifExists?: "fail" | "replace" | undefined;
}

/** Which names are taken over. */
export interface RebindOptions extends WhichAgent {
  /** Default: all names. */
  name?: string | undefined;
  /** Where a name exists: `fail` with `name_exists`, or `replace` it. Default: `fail`. */
  ifExists?: "fail" | "replace" | undefined;
}

/** What is old enough to be removed. */
export interface GcOptions {
  /** How long turns that have ended are kept, to be read and replayed, in milliseconds. Default: 7 days. */
  keepTurnsMs?: number | undefined;
  /** How long conversations without a name are kept, so that it can be restored. Default: 30 days. */
  keepSessionsMs?: number | undefined;
  /** Only say what would be removed. */
  dryRun?: boolean | undefined;
}

/** Where to look, and whether to mend. */
export interface DoctorOptions extends Pick<OpenOptions, "env"> {
  /** Take from others what they may do with our files, and remove what was left half written. */
  fix?: boolean | undefined;
}
