import type { Folded } from "../turn/fold.ts";
import type { AgentExit, EventType, TurnEvent, TurnFailure } from "../turn/turn.ts";
import type { Counters, Usage } from "../turn/usage.ts";
import type { Access } from "./access.ts";
import type { TranscriptEvent } from "./transcript.ts";

/** What to ask of an agent. Pure data: everything that had to be looked up is already in it. */
export interface TurnRequest {
  /** The words that start the agent, such as `["claude"]` or `["my-wrapper", "--profile", "x"]`. */
  launcher: readonly string[];
  session: SessionChoice;
  model?: string | undefined;
  effort?: string | undefined;
  role?: RoleText | undefined;
  /** Whether the agent keeps another role than `role`: the one it was given first. */
  isRoleFrozen?: boolean | undefined;
  /** What the agent may do; if absent, the agent's own settings decide. */
  access?: Access | undefined;
  /** The JSON Schema that the answer must fit, and a file that contains exactly that text. */
  schema?: { text: string; path: string } | undefined;
  /** Whether the agent does not keep the conversation after its only turn. */
  isEphemeral?: boolean | undefined;
  /** Whether the stream delivers the text in pieces, while it is produced. */
  partials: boolean;
  /** Arguments that are passed on unchanged, before the agent's own positional arguments. */
  extraArgs: readonly string[];
}

/** How to open an agent's own window. */
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
  /** `rewindTo`: forgets everything after this message, if the agent can. */
  | { kind: "resume"; sessionId: string; rewindTo?: string | undefined };

/**
 * A role: its text, and a file that contains exactly that text, in the folder where `Command.files` are
 * created.
 */
export interface RoleText {
  text: string;
  path: string;
}

/** A command line as a value. */
export interface Command {
  file: string;
  args: string[];
  /** More files that the command reads, by name: they are created before it runs and deleted after it. */
  files?: Readonly<Record<string, string>>;
  /** What the agent reads from its stdin. Default: the prompt, which no process list shows there. */
  stdin?: string;
  /** Files that the agent writes for this turn, to be deleted with it; absolute. */
  temporaryFiles?: string[];
}

/** Where an agent keeps a conversation on disk. This is a search, since agents choose the folder names. */
export interface TranscriptPlace {
  /** Absolute path of the folder below which transcripts lie. */
  root: string;
  /** One test for each folder level below `root`. */
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
  /**
   * One test for each folder level below `root`; a folder that passes may contain other workspaces'
   * conversations, too.
   */
  folders: RegExp[];
  /** Returns the conversation whose transcript a file is; undefined for any other file. */
  sessionIdOf(fileName: string): string | undefined;
}

/** How a conversation began, according to its transcript. */
export interface ConversationOrigin {
  /** The folder it began in, with symbolic links resolved. */
  cwd: string;
  /** Whether the agent began it for itself, such as for a sub-agent. */
  isSideWork: boolean;
}

/** How to find conversations that were begun without us. */
export interface ConversationSearch {
  place(workspace: string, environment: AgentEnvironment): ConversationPlace;
  /** Returns what one value of a transcript says of the origin; undefined for the many that say nothing. */
  readOrigin(value: unknown): ConversationOrigin | undefined;
}

/** The agent's environment, which decides where its files are. */
export type AgentEnvironment = Readonly<Record<string, string | undefined>>;

/** Where an agent's processes record which conversation they have open. */
export interface WindowPlace {
  /** A folder of JSON files. */
  folder: string;
  /** Returns the processes that one of the files describes. */
  read(value: unknown): readonly WindowRecord[];
}

export interface WindowRecord {
  sessionId: string;
  pid: number;
  /** The process's start time as the system counts it, if the agent records it. */
  start?: string;
  /** What it is doing, in the agent's words. */
  status?: string;
  /** Whether it is not a window but a single turn, which ends by itself. */
  isTurn?: boolean;
  /**
   * How to make it release the conversation; present if it runs in the background and the agent lets no other
   * process write until then.
   */
  letGoHint?: string;
}

/** Where an agent's processes keep a file locked (flock) while they have a conversation open. */
export interface WriterLockPlace {
  folder: string;
  /** The files of the folder that belong to the conversation. */
  file: RegExp;
  /** Where the locks of all conversations are, and which conversation each lock belongs to. */
  all: {
    root: string;
    folders: readonly RegExp[];
    file: RegExp;
    sessionIdOf(path: string): string;
  };
  /** Whether the agent itself lets no other process write while the lock is held. */
  isEnforced: boolean;
  /** Whether a process with this command line runs a single turn and ends by itself. */
  isTurn(words: readonly string[]): boolean;
  /** How to make any other process release the lock, if no other process may write until then. */
  hint?: string;
}

/** What may show, without a call, that somebody has signed in to an agent. Its content is never shown. */
export interface SignIn {
  /** Files that exist once somebody has signed in; absolute. */
  files: string[];
  /** Variables that contain a key or a token, or choose a service with credentials of its own. */
  variables: string[];
  /** A configuration file that may name more such variables, each as the first group of a match; absolute. */
  config?: { path: string; variable: RegExp };
  /** Whether the sign-in may be in the system's keychain on any system, not only on a Mac. */
  hasKeychain?: true;
}

/** The mapping file in which an agent's original script keeps its names. */
export interface MappingShape {
  fileName: string;
  idKey: string;
  hasEffort: boolean;
}

/** This much of a line is enough to recognize its kind. */
export const GLANCE_BYTES = 100;

/**
 * One agent CLI as pure functions. Everything the rest of the program knows of an agent is here, so a new
 * agent is one file. Nothing in it reads a clock, a file or the environment.
 */
export interface Agent {
  /** The word users type after `--agent`. */
  readonly name: string;
  /** The name that people use for it. */
  readonly title: string;
  /** The executable to find on PATH when no wrapper is given. */
  readonly executable: string;
  /** Absent if there is no original script that needs to see our names. */
  readonly mapping?: MappingShape;
  readonly can: {
    /** Whether we may choose the id of a new conversation. */
    chooseId: boolean;
    /**
     * How a conversation begins with the history of another: with a copy of it, or with a reference to the
     * other's transcript, which must then be kept. False if the agent can't.
     */
    fork: "copies" | "refers" | false;
    /** Whether a conversation can continue from one of its earlier messages. */
    rewind: boolean;
    /** Whether the role of a conversation can be changed once it has begun. */
    changeRole: boolean;
    /**
     * Values that the agent is known to honour; any other value is passed on, and the agent may ignore it.
     * Empty if it takes none.
     */
    efforts: readonly string[];
    /** The accesses that it can be restricted to. */
    access: readonly Access[];
    /** Whether it takes a JSON Schema for its answer. */
    schema: boolean;
    /** Whether it can run a turn whose conversation it does not keep. */
    forget: boolean;
  };
  /** The unit in which the agent reports its usage: dollars come in addition to tokens. */
  readonly costs: "dollars" | "tokens";
  /** The most bytes of prompt that the agent reads from its standard input. */
  readonly promptLimitBytes: number;
  /** Whether an empty prompt is passed on, rather than refused. */
  readonly takesEmptyPrompt?: true;
  /** The most bytes of role text that can be passed on; 0 if the agent takes no role. */
  readonly roleLimitBytes: number;
  /** Returns why this user may not have a turn with this access; undefined if nothing prevents it. */
  refuseAccess?(access: Access, uid: number, environment: AgentEnvironment): string | undefined;
  /** The signal on which the agent ends its turn cleanly. */
  readonly gentleSignal: "SIGINT" | "SIGTERM";
  command(request: TurnRequest): Command;
  /**
   * Returns the command that reopens a conversation in the agent's own window; without a request, as a person
   * would type it.
   */
  openCommand(sessionId: string, request?: WindowRequest): Command;
  /** Returns the events of one value of the agent's JSON stream, in order; unknown kinds become `other`. */
  read(value: unknown): TurnEvent[];
  /**
   * Whether this version keeps the role of a conversation's first turn until it is told that the role was
   * changed. Called without a version if none is known. Absent if no version does.
   */
  freezesRole?(version: string | undefined): boolean;
  /**
   * Returns what kinds of events a line of the stream may contain, as far as its first `GLANCE_BYTES` show;
   * undefined if they don't. Most of what an agent writes is for its own reader: a line whose events nobody
   * wants is not parsed.
   */
  glance?(start: string): readonly EventType[] | undefined;
  /**
   * Whether the counters of this version restart with each process. If this is absent, or called without a
   * version, the numbers themselves decide.
   */
  countsAnew?(version: string): boolean;
  /**
   * Returns what went wrong, or undefined when nothing did. `exit` is absent when nobody saw the process end;
   * `stderr` has both ends.
   */
  diagnose(folded: Folded, exit: AgentExit | undefined, stderr: string): TurnFailure | undefined;
  /** The variable that tells a process which conversation of the agent has started it. */
  readonly sessionVariable: string;
  /** The agent's own folder of this user; its subfolder `skills` contains the skills. */
  configFolder(environment: AgentEnvironment): string;
  signIn(environment: AgentEnvironment): SignIn;
  /** How to sign in. */
  readonly signInHint: string;
  isSessionId(text: string): boolean;
  transcript(sessionId: string, environment: AgentEnvironment): TranscriptPlace;
  /** Absent if the agent's conversations can't be recognized by their files. */
  readonly conversations?: ConversationSearch;
  /**
   * Returns the agent's running totals in one value of a transcript, in the form of a turn's `counters`: the
   * next turn continues from the newest of them. Undefined for all other values; absent if the agent records
   * none.
   */
  readCounters?(value: unknown): Counters | undefined;
  /** The agent deletes a transcript after this many days without a change; absent if it never does. */
  readonly keepsTranscriptsDays?: number;
  /** Absent if the agent lets anybody write and shows nothing. */
  windows?(environment: AgentEnvironment): readonly WindowPlace[];
  /** Whether a turn first takes the messages that others have queued for its conversation. */
  readonly takesQueued?: true;
  /** Absent if the agent has no lock. */
  writerLock?(sessionId: string, environment: AgentEnvironment): WriterLockPlace;
  /** Returns the event in one value of a transcript; undefined if there is none. */
  readTranscript(value: unknown): TranscriptEvent | undefined;
  /**
   * Returns the usage of one call of the model, as one value of a transcript says. Absent if the agent
   * reports usage at the end of its turn.
   */
  readUsage?(value: unknown): Usage | undefined;
  /** Whether a transcript contains `prompt` as it was typed; false if the agent may write it differently. */
  keepsWords(prompt: string): boolean;
  /** Whether `prompt` makes the agent start over under a new id. */
  startsOver(prompt: string): boolean;
  /** How to install the agent. */
  readonly installHint: string;
}
