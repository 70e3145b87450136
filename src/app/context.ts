import type { Agent } from "../domain/agent/agent.ts";
import type { SessionStore } from "../domain/store.ts";
import type { StateHome } from "../stores/file/home.ts";
import type { Turns } from "../stores/file/turns/turns.ts";
import type { ProcessIdentity } from "../system/processes/identity.ts";

/** Everything that use cases may not take from the process around them. */
export interface Context {
  store: SessionStore;
  turns: Turns;
  home: StateHome;
  agents: readonly Agent[];
  findAgent(name: string): Agent;
  /** The environment that agents inherit. */
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  /** Where relative paths start. */
  cwd: string;
  /** This process, as other commands will look for it. */
  self: ProcessIdentity;
  now(): Date;
  /** A random UUID. */
  newUuid(): string;
  /** Sorts as text by the moment it was made, among all processes of this machine. */
  newArrival(): string;
  /** What the process that started this one is called. */
  parentName(): string;
  /** Tells the terminal, or whatever else this process shares a session with, from others. */
  terminalKey(): string;
  /** The words that start this program anew, for what has to outlive this process; absent where there is none. */
  program?: readonly string[] | undefined;
  /** Tells people one sentence; never part of the result. */
  notify(message: string): void;
}
