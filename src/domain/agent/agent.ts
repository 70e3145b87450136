import type { CacheLifetime, ModelCall } from "../turn/prompt-cache.ts";
import type { EventType, TurnEvent } from "../turn/turn.ts";
import type { Counters, Usage } from "../turn/usage.ts";
import type { Access } from "./access.ts";
import type { CopyCommands } from "./copies.ts";
import type { FailureTable } from "./failures.ts";
import type {
  AgentEnvironment,
  ConversationSearch,
  SignIn,
  TranscriptPlace,
  WindowPlace,
  WriterLockPlace,
} from "./places.ts";
import type { TranscriptEvent } from "./transcript.ts";
import type { TravelForm } from "./travel.ts";
import type { Bridge, WarmForm } from "./warm.ts";

/** What to ask of an agent. Pure data: everything that had to be looked up is already in it. */
export interface TurnRequest {
  /** The words that start the agent, such as `["claude"]` or `["my-wrapper", "--profile", "x"]`. */
  launcher: readonly string[];
  /** The folder where `Command.files` are created. */
  folder: string;
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
  /** The prompt with an id that the agent repeats in its output and its transcript: only if the agent can. */
  identified?: { promptId: string; prompt: string } | undefined;
  /** Whether the stream delivers the text in pieces, while it is produced. */
  partials: boolean;
  /** Arguments that are passed on unchanged, before the agent's own positional arguments. */
  extraArgs: readonly string[];
}

/** How to open an agent's own window. */
export interface WindowRequest
  extends Pick<
    TurnRequest,
    "launcher" | "folder" | "model" | "effort" | "role" | "isRoleFrozen" | "access" | "extraArgs"
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

/** A role: its text, and a file that contains exactly that text, in the folder of the request. */
export interface RoleText {
  text: string;
  path: string;
}

/** A command line as a value. */
export interface Command {
  file: string;
  args: string[];
  /** Variables that the command adds to the user's environment. They are recorded with the turn: never secrets. */
  env?: Readonly<Record<string, string>> | undefined;
  /** The program of ours that runs it, as the agent's process; absent if it runs by itself. */
  through?: Bridge;
  /** More files that the command reads, by name: they are created before it runs and deleted after it. */
  files?: Readonly<Record<string, string>>;
  /** What the agent reads from its stdin. Default: the prompt, which no process list shows there. */
  stdin?: string;
  /** Files that the agent writes for this turn, to be deleted with it; absolute. */
  temporaryFiles?: string[];
}

/** The mapping file in which an agent's original script keeps its names. */
export interface MappingShape {
  fileName: string;
  idKey: string;
  hasEffort: boolean;
}

/** This much of a line is enough to recognize its kind. */
export const GLANCE_BYTES = 100;

/** What an agent can do. Default: nothing of it. */
export interface Abilities {
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
}

/** What people call an agent, and what they are told about it. */
interface AgentTexts {
  /** The word users type after `--agent`. */
  readonly name: string;
  /** The name that people use for it. */
  readonly title: string;
  /** How to install the agent. */
  readonly installHint: string;
}

/** How an agent is started and ended. */
interface AgentCommands {
  /** The executable to find on PATH when no wrapper is given; empty if the user has to name a command. */
  readonly executable: string;
  command(request: TurnRequest): Command;
  /**
   * Whether the prompt of this request may be `identified`, by those versions whose `session` event says that
   * they take ids. Absent if no version does.
   */
  takesPromptId?(request: TurnRequest): boolean;
  /**
   * Returns the command that reopens a conversation in the agent's own window; without a request, as a person
   * would type it. Absent if it has no window.
   */
  openCommand?(sessionId: string, request?: WindowRequest): Command;
  /**
   * Returns one value for a variable that a command adds and the user has set, too: what the user has set, changed as
   * the command needs it; undefined if that can't be. The result is not recorded. Absent if the command's value
   * simply takes the place of the user's.
   */
  joinVariable?(name: string, users: string, added: string): string | undefined;
  /** How the agent is kept warm between turns; absent if it can't be. */
  readonly warm?: WarmForm;
  /**
   * Returns the process that can stay for the turns of this request; undefined if they need processes of their own.
   * Absent if the agent itself can stay.
   */
  bridge?(request: TurnRequest): Bridge | undefined;
  /** The signal on which the agent ends its turn cleanly. Default: SIGTERM. */
  readonly gentleSignal: "SIGINT" | "SIGTERM";
  /** The variable that tells a process which conversation of the agent has started it. */
  readonly sessionVariable?: string;
}

/** What an agent says while it runs. */
interface AgentStream {
  /**
   * Returns the events of one value of the agent's JSON stream, in order. Default for a value without: `other`. An agent may
   * call a failure a success: a `failure` event from what it says before makes its `end` an error, and so does an `end`
   * whose `isError` is true whatever the agent calls it.
   */
  read(value: unknown): TurnEvent[];
  /**
   * Returns what kinds of events a line of the stream may contain, as far as its first `GLANCE_BYTES` show;
   * undefined if they don't. Most of what an agent writes is for its own reader: a line whose events nobody
   * wants is not parsed.
   */
  glance?(start: string): readonly EventType[] | undefined;
  /**
   * How the lines begin with which the agent only answers the id of a prompt: nobody else gets them. Each is
   * shorter than `GLANCE_BYTES`.
   */
  readonly asides?: readonly string[];
  /**
   * How its failures are recognised: each rule by lines that the agent was seen to write. What means the same for every
   * agent is in `test/support/failures/failures.ts`. Default: by its exit, in its own words.
   */
  readonly failures: FailureTable;
  /** The unit in which the agent reports its usage: dollars come in addition to tokens. Default: tokens. */
  readonly costs: "dollars" | "tokens" | "unknown";
  /** Whether input that comes from a cache, or goes into it, is not part of its input tokens. */
  readonly countsCacheApart?: true;
  /**
   * When its `usage` events tell what a turn has used so far: always, or only in a stream with partials. Default: a turn
   * tells it only at its end.
   */
  readonly tellsUsage?: "always" | "with partials";
  /**
   * Whether the counters of this version restart with each process. If this is absent, or called without a
   * version, the numbers themselves decide.
   */
  countsAnew?(version: string): boolean;
  /** Whether `prompt` makes the agent start over under a new id. Default: no prompt does. */
  startsOver(prompt: string): boolean;
}

/** What can be given to an agent. */
interface AgentLimits {
  readonly can: Abilities;
  isSessionId(text: string): boolean;
  /** Whether the agent itself gives a fork its id, although we may choose that of a new conversation. */
  readonly givesForkIds?: true;
  /** The most bytes of prompt that the agent reads from its standard input. Default: any number. */
  readonly promptLimitBytes: number;
  /** Returns why a prompt can't be sent; undefined if it can. Absent if the agent takes all. */
  refusePrompt?(prompt: string): { message: string; hint: string } | undefined;
  /** Whether an empty prompt is passed on, rather than refused. */
  readonly takesEmptyPrompt?: true;
  /** The most bytes of role text that can be passed on. Default: 0, which means that it takes no role. */
  readonly roleLimitBytes: number;
  /** Whether an access only decides what the agent is answered: it asks for what it chooses to ask for. */
  readonly asksForAccess?: true;
  /** Returns why this user may not have a turn with this access; undefined if nothing prevents it. */
  refuseAccess?(access: Access, uid: number, environment: AgentEnvironment): string | undefined;
  /**
   * Whether this version keeps the role of a conversation's first turn until it is told that the role was
   * changed. Called without a version if none is known. Absent if no version does.
   */
  freezesRole?(version: string | undefined): boolean;
}

/** What an agent has on disk. All of it may be missing; then a turn whose end nobody saw stays unknown. */
interface AgentDisk {
  /** Absent if there is no original script that needs to see our names. */
  readonly mapping?: MappingShape;
  /** The agent's own folder of this user; its subfolder `skills` contains the skills. */
  configFolder?(environment: AgentEnvironment): string;
  /** Absent if nothing shows whether somebody has signed in. */
  signIn?(environment: AgentEnvironment): SignIn;
  /** Absent if the agent keeps its conversations where we can't look. */
  transcript?(sessionId: string, environment: AgentEnvironment): TranscriptPlace;
  /** Returns the event in one value of a transcript; undefined if there is none. */
  readTranscript?(value: unknown): TranscriptEvent | undefined;
  /**
   * Returns a line of a transcript as it is in that of a copy of the conversation, whose id is `sessionId`. Absent if
   * the agent does not continue copies that it has not made itself.
   */
  copyLine?(line: string, sessionId: string): string;
  /**
   * Whether a transcript contains `prompt` as it was typed; false if the agent may write it differently.
   * Default: it contains all prompts so.
   */
  keepsWords(prompt: string): boolean;
  /**
   * Returns the agent's running totals in one value of a transcript, in the form of a turn's `counters`: the
   * next turn continues from the newest of them. Undefined for all other values; absent if the agent records
   * none.
   */
  readCounters?(value: unknown): Counters | undefined;
  /**
   * Whether a value of a transcript is the agent's own bookkeeping, which says nothing in the conversation. Absent if
   * all of it counts as said.
   */
  isBookkeeping?(value: unknown): boolean;
  /**
   * Returns the usage of one call of the model, as one value of a transcript says. Absent if the agent
   * reports usage at the end of its turn.
   */
  readUsage?(value: unknown): Usage | undefined;
  /**
   * Returns one call of the model for the conversation itself, as one value of a transcript says; undefined for all other
   * values, also for calls of sub-agents. Absent if transcripts don't tell them.
   */
  readCall?(value: unknown): ModelCall | undefined;
  /** How long the service of its models keeps what nobody reads; absent if that is unknown. */
  readonly cacheLifetime?: CacheLifetime;
  /** Present if the agent has no file of a conversation that could be kept; it then has no `transcript`. */
  readonly copies?: CopyCommands;
  /** How its conversations are taken to another machine; absent if they can't be. */
  readonly travel?: TravelForm;
  /** Why its conversations can't be taken to another machine, as it follows the agent's title in a sentence. */
  readonly staysBecause?: string;
  /** The agent deletes a transcript after this many days without a change; absent if it never does. */
  readonly keepsTranscriptsDays?: number;
  /** Absent if the agent's conversations can't be recognized by their files. */
  readonly conversations?: ConversationSearch;
  /** Absent if the agent lets anybody write and shows nothing. */
  windows?(environment: AgentEnvironment): readonly WindowPlace[];
  /** Absent if the agent has no lock. */
  writerLock?(sessionId: string, environment: AgentEnvironment): WriterLockPlace;
  /** Whether a turn first takes the messages that others have queued for its conversation. */
  readonly takesQueued?: true;
}

/**
 * One agent CLI as pure functions. Everything the rest of the program knows of an agent is here, so a new
 * agent is one file, which `defineAgent` completes. Nothing in it reads a clock, a file or the environment.
 */
export interface Agent extends AgentTexts, AgentCommands, AgentStream, AgentLimits, AgentDisk {}

type Needed = "name" | "title" | "installHint" | "executable" | "command" | "read" | "isSessionId";

/** Completes an agent with the defaults of all that it does not say. */
export function defineAgent({
  can,
  read,
  ...agent
}: Pick<Agent, Needed> & Partial<Omit<Agent, Needed | "can">> & { can?: Partial<Abilities> }): Agent {
  return {
    gentleSignal: "SIGTERM",
    failures: { rules: [] },
    costs: "tokens",
    startsOver: () => false,
    promptLimitBytes: Number.POSITIVE_INFINITY,
    roleLimitBytes: 0,
    keepsWords: () => true,
    ...agent,
    read: (value) => {
      const events = read(value);
      return events.length > 0 ? events : [{ type: "other", raw: value }];
    },
    can: {
      chooseId: false,
      fork: false,
      rewind: false,
      changeRole: false,
      efforts: [],
      access: [],
      schema: false,
      forget: false,
      ...can,
    },
  };
}
