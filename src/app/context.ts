import type { Agent } from "../domain/agent/agent.ts";
import type { Runner } from "../domain/runner.ts";
import type { SessionStore } from "../domain/store.ts";
import type { TurnDefaults } from "../domain/turn/defaults.ts";
import type { StateHome } from "../stores/file/home.ts";
import type { Turns } from "../stores/file/turns/turns.ts";
import type { ProcessIdentity } from "../system/processes/identity.ts";
import type { SharedLine } from "./shared-line.ts";
import type { WarmAgents } from "./warm-agents.ts";
import type { Wording } from "./wording.ts";

/** Everything that use cases need from the process around them, and may not read from it directly. */
export interface Context {
  store: SessionStore;
  runner: Runner;
  turns: Turns;
  /** The line of turns that machines share; absent where this machine keeps everything by itself. */
  line?: SharedLine | undefined;
  /** The agents that this process keeps warm; absent if it keeps none. */
  warm?: WarmAgents | undefined;
  home: StateHome;
  agents: readonly Agent[];
  /** Returns the agent of this name, as something on disk may have it: the user may no longer have it in the settings. */
  findAgent(name: string): Agent;
  /** Returns the agent that somebody asks for by this name. @throws AppError `usage` where there is none */
  chooseAgent(name: string): Agent;
  /** Returns the agent of this name; without a name, all agents. */
  agentsOf(name: string | undefined): readonly Agent[];
  /** What the user's settings say; absent where none are read. */
  defaults?: TurnDefaults | undefined;
  /** The environment that agents inherit. */
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  /** Where relative paths start. */
  cwd: string;
  /** The identity of this process, as other commands check it. */
  self(): ProcessIdentity;
  now(): Date;
  /** A random UUID. */
  newUuid(): string;
  /** An arrival time that sorts as text, across all processes of this machine. */
  newArrival(): string;
  /** What people use this program at, where that is no terminal. */
  usedAt?: string | undefined;
  /** The name of the parent process, for people. */
  parentName(): string;
  /** A key of the session that this process belongs to, such as its terminal's. */
  terminalKey(): string;
  /**
   * The words that start this program again, for processes that have to outlive this one; absent without a
   * command line.
   */
  program?: readonly string[] | undefined;
  /** Whether accepted turns that nobody sees to may be started by the way. */
  runsWaiting: boolean;
  /** How hints name what can be done next: as commands, or as calls of the library. */
  wording: Wording;
  /** Called when an agent is about to be let go, with its process on record; what it throws prevents that. */
  beforeAgent?: (() => Promise<void>) | undefined;
  /** Shows people one sentence; never part of the result. */
  notify(message: string): void;
}
