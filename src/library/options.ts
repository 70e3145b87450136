import type { Sorting } from "../app/names/listing/list.ts";
import type { Grouping } from "../app/tell/cost.ts";
import type { Access } from "../domain/agent/access.ts";

/** The agents that this version knows. Any other name leads to an `AppError` `usage`. */
export type AgentName =
  | "claude"
  | "codex"
  | "copilot"
  | "gemini"
  | "qwen"
  | "opencode"
  | "kimi"
  | "acp"
  | (string & Record<never, never>);

/** Where agents run, where this user's state is found, and who receives messages. */
export interface OpenOptions {
  /**
   * The folder that the names belong to and that agents run in, relative to the current folder. Default: the
   * current folder.
   */
  workspace?: string | undefined;
  /**
   * The environment variables of the agents; also used to find this user's state. Default: those of this
   * process.
   */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Called with one sentence for people at a time: a turn is queued, something was repaired, an agent is
   * silent. Default: the sentences are dropped.
   */
  notify?: ((message: string) => void) | undefined;
  /**
   * A store that machines share: the URL of a PostgreSQL database, or the path of a file with it that is closed to others
   * (0600). Turns then run on workers, and what is a matter of one machine throws `unsupported`. Default: what
   * `AGENT_SESSIONS_STORE` or `AGENT_SESSIONS_STORE_FILE` of `env` says; without either, the files of this user.
   */
  store?: string | undefined;
  /**
   * Whether the user's settings apply: what `agent-sessions config list` shows for the workspace, read once. An option
   * of a method comes first. An `AppError` `usage` is thrown if a file can't be used. Default: no settings are read.
   */
  config?: boolean | undefined;
  /**
   * How long the agent's process of a conversation stays after a turn, such as `"5m"`: the next turn of the conversation
   * then need not start one. After the first turn of a conversation, one is started ahead. At most four stay, and none
   * after the end of this process. Only agents that can: Claude Code and Codex, on Linux; without effect where machines share
   * a store. Default: none stays.
   */
  keepWarm?: string | undefined;
}

/** Which agent is meant. Needed only if two agents own the name. */
export interface WhichAgent {
  agent?: AgentName | undefined;
}

/** Which turn of a conversation. */
export interface WhichTurn {
  /**
   * The id of a turn of the conversation, or at least 4 characters of its beginning. Default: `wait` and `diff` take the turn that was asked for last; `attach`
   * and `cancel` take the running turn, else the next queued one; without either, `attach` takes the last turn.
   */
  turnId?: string | undefined;
}

/** Options of any turn. */
export interface TurnOptions {
  /**
   * The model, as the agent calls it, such as `opus`. Later turns of the name use it too. Default: the one that the name
   * remembers, else the agent's own. The text `default` makes the name forget its model.
   */
  model?: string | undefined;
  /**
   * The reasoning effort, as the agent calls it. Later turns of the name use it too. The text `default` makes the name
   * forget its effort.
   */
  effort?: string | undefined;
  /**
   * What the agent may do in this turn. Default: the access that the conversation was created with, else the
   * agent's own settings.
   */
  access?: Access | undefined;
  /** A JSON Schema that the answer must match in full. The result has the answer as `structured`. */
  schema?: object | undefined;
  /**
   * A wrapper to run instead of the agent, with the wrapper's own arguments, such as `my-claude --profile x`.
   * Later turns of the name use it too. An empty text means the agent itself.
   */
  agentCommand?: string | undefined;
  /**
   * Arguments that are passed to the agent unchanged. Later turns of the name use them too. An empty list
   * means none.
   */
  agentArgs?: readonly string[] | undefined;
  /** Ends the turn this many milliseconds after it was asked for, with the outcome `deadline`. */
  deadlineMs?: number | undefined;
  /** Ends the turn once its agent has written more bytes than this, with the outcome `output_limit`. */
  maxOutputBytes?: number | undefined;
  /**
   * Reports through `notify` and in `status` that the agent has been silent for this many milliseconds. The
   * turn goes on.
   */
  stallMs?: number | undefined;
  /**
   * A program with its arguments that is started once the turn has ended, by whichever process ends it. It gets the outcome in
   * `AGENT_SESSIONS_OUTCOME` and the path of the result in `AGENT_SESSIONS_RESULT`. For this turn alone.
   */
  onEnd?: readonly string[] | undefined;
  /**
   * Ends the turn once it has used up the budget of its name in tokens, with the failure `stopped_at_budget`. Only for agents
   * that tell their usage on the way, such as Claude Code and opencode; `unsupported` for others.
   */
  stopAtBudget?: boolean | undefined;
  /** Whether the text also comes piece by piece, as `text-delta`, if the agent offers it. */
  partials?: boolean | undefined;
}

/** Which files a turn works on, where machines share a store. */
export interface TreeOption {
  /**
   * `here`: the checkout of the worker as it stands. A commit, by a name or an id that is known here: a worktree of it on the
   * worker. `carry`: a worktree of the commit of this workspace, with what is not committed. Ignored files do not travel. The
   * result says in `tree` which files those were; `conversation.diff` returns what the turn has changed in a worktree. Without
   * such a store, any but `here` throws `usage`. Default: `here`.
   */
  tree?: "here" | "carry" | (string & Record<never, never>) | undefined;
}

/** How the caller ends a turn that it has asked for. */
export interface SignalOption {
  /**
   * Ends the turn and every process that it has started. A running turn gets a result with the outcome
   * `cancelled`. A turn that has not begun never begins, and an `AppError` `cancelled` is thrown.
   */
  signal?: AbortSignal | undefined;
}

/** Options of the first turn of a conversation. */
export interface FirstTurnOptions extends TurnOptions, AskOnceOptions, TreeOption {
  /** Default: a minimal prompt, because agents start a conversation only with a prompt. */
  prompt?: string | undefined;
  /**
   * How much the name may use in all, such as `"5usd"` or `"200ktok"`. A fork has no budget unless one is given. See
   * `Conversation.setBudget`.
   */
  budget?: string | undefined;
}

/** Options of a new conversation. Model, effort, role and access also apply to its later turns. */
export interface CreateOptions extends FirstTurnOptions {
  /** Default: that of the settings if they are read, else `claude`. */
  agent?: AgentName | undefined;
  /** The agent's role, on every turn of the conversation. */
  role?: string | undefined;
  /**
   * What to do if the name exists: `fail` with `name_exists`; `replace` it and keep the old conversation for
   * `restore`; or `keep` it as it is and run nothing. Default: `fail`.
   */
  ifExists?: "fail" | "replace" | "keep" | undefined;
}

/** Options of a turn without a conversation. */
export interface OnceOptions extends TurnOptions {
  /** Default: that of the settings if they are read, else `claude`. */
  agent?: AgentName | undefined;
  /** The agent's role. */
  role?: string | undefined;
  /**
   * Whether the conversation is kept without a name. `resume` continues it by the `sessionId` of the result.
   */
  resumable?: boolean | undefined;
}

/** Options of a turn in an existing conversation. */
export interface SendOptions extends TurnOptions, TreeOption {
  /**
   * What to do if another turn runs in the conversation: `wait` in the queue, first come, first served, or `fail`
   * with `busy`. Default: `wait`.
   */
  ifBusy?: "wait" | "fail" | undefined;
  /**
   * Sends even if a window of the agent has the conversation open. The window does not see this turn. If the
   * window goes on, this turn or the window's own is lost.
   */
  withOpenWindow?: boolean | undefined;
  /** Sends even if the agent's transcript has become shorter. */
  trustTranscript?: boolean | undefined;
  /** Sends once although the budget of the name is used up. Refused in a turn of an agent. */
  overBudget?: boolean | undefined;
}

/** How a lost conversation is replaced. */
export interface FreshOption {
  /**
   * Begins a new conversation under the same name if the conversation is lost, with its model, effort, role
   * and access. The result then has the `continuity` `fresh`. Not allowed with `forkFrom`.
   */
  fresh?: boolean | undefined;
}

/** How to repeat a request without sending it twice. */
export interface AskOnceOptions {
  /**
   * Your own id for this request. If any process has made this request before, its result is returned and
   * nothing is sent. A request that begins a conversation is known by the name that it was made for.
   */
  requestId?: string | undefined;
  /**
   * With `requestId`: what to do if it is unknown how the first attempt ended: `fail`, or `resend`. Default:
   * `fail`.
   */
  onUnknown?: "fail" | "resend" | undefined;
}

/** Which turn to follow, and from where. */
export interface AttachOptions extends WhichTurn {
  /** Skips what the agent has said so far. */
  fromNow?: boolean | undefined;
  /** Stops following with an `AppError` `cancelled`. The turn goes on. */
  signal?: AbortSignal | undefined;
}

/** Which turn to wait for, and how long. */
export interface WaitOptions extends WhichTurn {
  /** Stops waiting after this many milliseconds with an `AppError` `still_running`. The turn goes on. */
  timeoutMs?: number | undefined;
  /** Stops waiting with an `AppError` `cancelled`. The turn goes on. */
  signal?: AbortSignal | undefined;
}

/** Which turns are added up, and how they are grouped. */
export interface CostOptions {
  /** Only turns that ended at this time or later. */
  since?: Date | undefined;
  /** The grouping. Default: `name`. */
  by?: Grouping | undefined;
}

/** Which agent, and which workspaces, are meant. */
export interface Reach extends WhichAgent {
  /** Whether all workspaces of this user are meant. Default: only this workspace. */
  everywhere?: boolean | undefined;
}

/** Which names are listed, and in which order. */
export interface ListOptions {
  /**
   * Only names that contain this text; with `*` or `?`, names that match it like file names. Case does not
   * matter.
   */
  pattern?: string | undefined;
  /** The order; times are sorted newest first. Default: `used`. */
  sort?: Sorting | undefined;
  /** The largest number of names. */
  limit?: number | undefined;
}

/** Which turns are searched. */
export interface SearchOptions {
  /** Only turns that ended at this time or later. */
  since?: Date | undefined;
  /** The largest number of hits. Default: 20. */
  limit?: number | undefined;
  /**
   * Whether to search the agents' own transcripts of conversations that have no name, instead of turns. Only prompts and the
   * last answer to each are searched. Default: false.
   */
  unnamed?: boolean | undefined;
}

/** Which conversation gets the name. */
export interface AdoptOptions {
  /** The agent of the conversation. Default: the agent that has it. */
  agent?: AgentName | undefined;
  /**
   * The agent's own id of the conversation, or at least 4 characters of its beginning. Default: the most recently
   * used conversation of the workspace without a name.
   */
  sessionId?: string | undefined;
  /** What to do if the name exists: `fail` with `name_exists`, or `replace` it. Default: `fail`. */
  ifExists?: "fail" | "replace" | undefined;
}

/** How a conversation is written to a file. */
export interface ExportOptions {
  /** What to do if the file exists: `fail` with `usage`, or `replace` it. Default: `fail`. */
  ifExists?: "fail" | "replace" | undefined;
  /** Whether the access that was chosen, the wrapper and its arguments are written, too. Default: false. */
  withSettings?: boolean | undefined;
}

/** How a conversation is taken from a file. */
export interface ImportOptions {
  /** Default: the name that it was exported under. */
  name?: string | undefined;
  /** Whether a role, a model and an effort in the file may hold. Look at them with `dryRun`. Default: false. */
  acceptSettings?: boolean | undefined;
  /** Whether access, wrapper and arguments are taken over, too. Default: false, and its turns may only read. */
  trust?: boolean | undefined;
  /** Whether the file is only checked: nothing changes, and the agent is not asked. Default: false. */
  dryRun?: boolean | undefined;
  /** The most bytes that the file may have when it is unpacked. Default: 1 GB. */
  maxBytes?: number | undefined;
}

/** Which names come to this workspace. */
export interface RebindOptions extends WhichAgent {
  /** Default: all names. */
  name?: string | undefined;
  /** What to do if a name exists: `fail` with `name_exists`, or `replace` it. Default: `fail`. */
  ifExists?: "fail" | "replace" | undefined;
}

/** What a gate shows. */
export interface GateOptions {
  /** A text for people to read: not empty, at most 1 MB. Default: whatever it has shown; then the gate must exist. */
  shows?: string | undefined;
}

/** What is said with the answer to a gate, and which text it is for. */
export interface GateAnswerOptions {
  /** For whoever asked: at most 10 kB. */
  note?: string | undefined;
  /** The hash of the text that was read, or at least 16 digits of its beginning. Default: whatever it shows now. */
  sha256?: string | undefined;
}

/** What is old enough to be removed. */
export interface GcOptions {
  /** How long ended turns are kept for reading and replay, in milliseconds. Default: 7 days. */
  keepTurnsMs?: number | undefined;
  /**
   * How long conversations without a name are kept, so that the name can be restored, in milliseconds.
   * Default: 30 days.
   */
  keepSessionsMs?: number | undefined;
  /** Whether to report what would be removed, and remove nothing. */
  dryRun?: boolean | undefined;
}

/** Where to look, and whether to repair. */
export interface DoctorOptions extends Pick<OpenOptions, "env"> {
  /** Whether to remove other users' permissions on our files and to delete half-written temporary files. */
  fix?: boolean | undefined;
}
