/** Where an agent keeps a conversation on disk. This is a search, since agents choose the folder names. */
export interface TranscriptPlace {
  /** Absolute path of the folder below which transcripts lie. */
  root: string;
  /** One test for each folder level below `root`. */
  folders: RegExp[];
  /** The name of the transcript file. */
  file: RegExp;
  /** Whether the first match in sort order is the transcript. Default: the last, which for dated names is the newest. */
  isFirst?: true;
  /**
   * The name that a transcript gets in the same folder once a turn has ended: the agent continues a conversation under
   * any name, but deletes transcripts under names that it has chosen itself. Absent if it deletes none before its time.
   */
  safeName?: string;
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
  /** Returns where the conversations of a workspace are; without one, those of all workspaces. */
  place(workspace: string | undefined, environment: AgentEnvironment): ConversationPlace;
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
  isTurn(words: readonly string[], isWarm: boolean): boolean;
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
  /** How to sign in. */
  hint: string;
}
