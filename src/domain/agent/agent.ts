import type { Folded } from "../turn/fold.ts";
import type { AgentExit, EventType, TurnEvent, TurnFailure } from "../turn/turn.ts";
import type { Counters, Usage } from "../turn/usage.ts";
import type { Access } from "./access.ts";
import type { TranscriptEvent } from "./transcript.ts";

/** What to ask of an agent. Pure data: everything that was looked up is already in it. */
export interface TurnRequest {
  /** The words that start the agent, such as `["claude"]` or `["my-wrapper", "--profile", "x"]`. */
  launcher: readonly string[];
  session: SessionChoice;
  model?: string | undefined;
  effort?: string | undefined;
  role?: RoleText | undefined;
  /** Whether the agent holds on to another role than `role`, which it was given first. */
  isRoleFrozen?: boolean | undefined;
  /** What the agent may do; without it, whatever its own settings say. */
  access?: Access | undefined;
  /** The JSON Schema that the answer has to fit, and a file that holds exactly that text. */
  schema?: { text: string; path: string } | undefined;
  /** Whether the conversation is to be forgotten with its only turn. */
  isEphemeral?: boolean | undefined;
  /** Whether the stream should carry the text as it is made, piece by piece. */
  partials: boolean;
  /** Arguments passed through as they are, before the agent's own positional arguments. */
  extraArgs: readonly string[];
}

/** What to open an agent's own window with. */
export interface WindowRequest
  extends Pick<
    TurnRequest,
    "launcher" | "model" | "effort" | "role" | "isRoleFrozen" | "access" | "extraArgs"
  > {
  /** The folder that the window works in. */
  cwd: string;
}

export type SessionChoice =
  | { kind: "new"; chosenId?: string | undefined }
  /** A new conversation that begins with the history of another. */
  | { kind: "fork"; parentId: string; chosenId?: string | undefined }
  /** `rewindTo`: forgets what came after this message, where the agent can. */
  | { kind: "resume"; sessionId: string; rewindTo?: string | undefined };

/** A role: its text and a file that holds exactly that text, in the folder where `Command.files` are made. */
export interface RoleText {
  text: string;
  path: string;
}

/** A command line as a value. The prompt is never in it: it is opened as the child's standard input. */
export interface Command {
  file: string;
  args: string[];
  /** More files that the command reads, by name: they are made before it runs and go after it. */
  files?: Readonly<Record<string, string>>;
}

/** A command that somebody else has drawn up, with all that belongs to it. */
export interface DraftedCommand extends Command {
  /** What the agent reads from its standard input; empty when the prompt travels otherwise. */
  stdin: string;
  /** Files made for this turn, to be removed after it; absolute. */
  temporaryFiles: string[];
}

/** Where an agent keeps a conversation on disk: a search, since agents pick the folder names. */
export interface TranscriptPlace {
  /** Absolute path of the folder below which transcripts lie. */
  root: string;
  /** One test for each folder level below `root`; the best guess first where there are several. */
  folders: RegExp[];
  /** The name of the transcript file. */
  file: RegExp;
  /** A folder beside the transcript with the conversation's side files, named without a path. */
  sideFolder?: string;
}

/** Where an agent keeps its conversations of a workspace on disk. */
export interface ConversationPlace {
  /** Absolute path of the folder below which transcripts lie. */
  root: string;
  /** One test for each folder level below `root`; folders that pass may hold other workspaces' conversations too. */
  folders: RegExp[];
  /** The conversation that a file is the transcript of; undefined for any other file. */
  sessionIdOf(fileName: string): string | undefined;
}

/** How a conversation came to be, as its transcript tells. */
export interface ConversationOrigin {
  /** The folder it began in, symbolic links resolved. */
  cwd: string;
  /** Whether the agent began it for itself, as it does for a sub-agent. */
  isSideWork: boolean;
}

/** How conversations are found that somebody has begun without us. */
export interface ConversationSearch {
  place(workspace: string, environment: AgentEnvironment): ConversationPlace;
  /** What one value of a transcript tells of its origin; undefined for the many that tell nothing. */
  readOrigin(value: unknown): ConversationOrigin | undefined;
}

/** The agent's environment as far as its files are concerned. */
export type AgentEnvironment = Readonly<Record<string, string | undefined>>;

/** Where an agent's processes write down which conversation they have open. */
export interface WindowPlace {
  /** A folder of JSON files. */
  folder: string;
  /** The processes that one of the files tells of. */
  read(value: unknown): readonly WindowRecord[];
}

export interface WindowRecord {
  sessionId: string;
  pid: number;
  /** The process's start time as the system counts it, where the agent writes it down. */
  start?: string;
  /** What it is doing, in the agent's words. */
  status?: string;
  /** Whether it is no window but a single turn, which ends by itself. */
  isTurn?: boolean;
  /** Where it runs in the background and the agent lets nobody else write until then: how to make it let go. */
  letGoHint?: string;
}

/** Where an agent's processes keep a file locked (flock) for as long as they have a conversation open. */
export interface WriterLockPlace {
  folder: string;
  /** The files of the folder that stand for the conversation. */
  file: RegExp;
  /** Where the locks of all conversations lie, and whose one is. */
  all: {
    root: string;
    folders: readonly RegExp[];
    file: RegExp;
    sessionIdOf(path: string): string;
  };
  /** Whether the agent itself lets nobody else write while the lock is held. */
  isEnforced: boolean;
  /** Whether a process with this command line does a single turn and ends by itself. */
  isTurn(words: readonly string[]): boolean;
  /** How to make any other process let go, where nobody else may write until then. */
  hint?: string;
}

/** What may show, without a call, that somebody has signed in to an agent. Nothing of it is ever read out. */
export interface SignIn {
  /** Files that exist once somebody has signed in; absolute. */
  files: string[];
  /** Variables that hold a key or a token, or choose a service with credentials of its own. */
  variables: string[];
  /** A configuration file that may name more such variables, each as the first group of a match; absolute. */
  config?: { path: string; variable: RegExp };
  /** Whether it may be in the system's keychain everywhere, and not on a Mac alone. */
  hasKeychain?: true;
}

/** The mapping file by which an agent's original script knows its names. */
export interface MappingShape {
  fileName: string;
  idKey: string;
  hasEffort: boolean;
}

/** So much of a line is enough to see what it is. */
export const GLANCE_BYTES = 100;

/**
 * One agent CLI as pure functions. Everything the rest of the house knows of an agent is here, so a new
 * agent is one file. Nothing in it reads a clock, a file or the environment.
 */
export interface Agent {
  /** The word users type after `--agent`. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** The executable that is looked for on PATH when no wrapper is given. */
  readonly executable: string;
  /** Absent where no original script exists, and so nobody to show our names to. */
  readonly mapping?: MappingShape;
  readonly can: {
    /** Whether we may choose the id of a new conversation. */
    chooseId: boolean;
    /**
     * How a conversation begins with the history of another: with a copy of it, or by referring to the other's
     * transcript, which must then stay. False where the agent can't.
     */
    fork: "copies" | "refers" | false;
    /** Whether a conversation can go on from an earlier message of it. */
    rewind: boolean;
    /** Whether the role of a conversation can be changed once it has begun. */
    changeRole: boolean;
    /** Values the agent is known to honour; anything else is passed on and may be ignored by it. Empty where it takes none. */
    efforts: readonly string[];
    /** What it can be kept to. */
    access: readonly Access[];
    /** Whether it takes a JSON Schema for its answer. */
    schema: boolean;
    /** Whether it can run a turn whose conversation it does not keep. */
    forget: boolean;
  };
  /** In what the agent counts what it has used: dollars come beside tokens. */
  readonly costs: "dollars" | "tokens";
  /** The most bytes of prompt that the agent reads from its standard input. */
  readonly promptLimitBytes: number;
  /** The most bytes of role text that can be handed over; 0 where the agent takes no role. */
  readonly roleLimitBytes: number;
  /** Why this user may not have a turn with this access; undefined where nothing speaks against it. */
  refuseAccess?(access: Access, uid: number, environment: AgentEnvironment): string | undefined;
  /** The signal on which the agent ends its turn cleanly. */
  readonly gentleSignal: "SIGINT" | "SIGTERM";
  command(request: TurnRequest): Command;
  /**
   * The command that reopens a conversation in the agent's own window; without a request, as a person would type it.
   */
  openCommand(sessionId: string, request?: WindowRequest): Command;
  /** Events for one value of the agent's JSON stream, in order; unknown kinds become `other`. */
  read(value: unknown): TurnEvent[];
  /**
   * Whether this version holds on to the role of a conversation's first turn until it is told that it was changed.
   * Asked without a version where none is known. Absent where no version does.
   */
  freezesRole?(version: string | undefined): boolean;
  /**
   * What kinds of events a line of the stream may bring, as far as its first `GLANCE_BYTES` tell; undefined where
   * they don't. Most of what an agent writes is for its own reader: a line nobody wants the events of is not read.
   */
  glance?(start: string): readonly EventType[] | undefined;
  /**
   * Whether the counters of this version start again with each process. Absent, or asked without a version, the
   * numbers themselves have to tell.
   */
  countsAnew?(version: string): boolean;
  /** What went wrong, or undefined when nothing did. `exit` is absent when nobody saw the process end, `stderr` has both ends. */
  diagnose(folded: Folded, exit: AgentExit | undefined, stderr: string): TurnFailure | undefined;
  /** The variable by which what the agent starts knows the conversation that has started it. */
  readonly sessionVariable: string;
  /** The agent's own folder of this user; skills lie in `skills` below it. */
  configFolder(environment: AgentEnvironment): string;
  signIn(environment: AgentEnvironment): SignIn;
  /** What to do for signing in. */
  readonly signInHint: string;
  isSessionId(text: string): boolean;
  transcript(sessionId: string, environment: AgentEnvironment): TranscriptPlace;
  /** Absent where the agent's conversations can't be told by their files. */
  readonly conversations?: ConversationSearch;
  /**
   * The agent's running totals as one value of a transcript has them, in the shape of a turn's `counters`: the
   * newest of them are what the next turn goes on from. Undefined for all other values; absent where the agent
   * writes none down.
   */
  readCounters?(value: unknown): Counters | undefined;
  /** After so many days without a change the agent removes a transcript; absent where it never does. */
  readonly keepsTranscriptsDays?: number;
  /** Absent where the agent lets anybody write and shows nothing. */
  windows?(environment: AgentEnvironment): readonly WindowPlace[];
  /** Whether a turn first takes what others have queued for its conversation. */
  readonly takesQueued?: true;
  /** Absent where the agent has no lock. */
  writerLock?(sessionId: string, environment: AgentEnvironment): WriterLockPlace;
  /** What one value of a transcript tells; undefined for all that is neither prompt nor answer. */
  readTranscript(value: unknown): TranscriptEvent | undefined;
  /**
   * What one value of a transcript says that a call of the model has used. Absent where the agent tells it at the
   * end of its turn.
   */
  readUsage?(value: unknown): Usage | undefined;
  /** Whether `prompt` is found in a transcript as it was typed; false where the agent may write it differently. */
  keepsWords(prompt: string): boolean;
  /** Whether `prompt` makes the agent start over under a new id. */
  startsOver(prompt: string): boolean;
  /** How to install the agent, for whoever does not have it. */
  readonly installHint: string;
}
