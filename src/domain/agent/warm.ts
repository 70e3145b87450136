import type { AgentEnvironment } from "./places.ts";

/** What a line of its output says of an agent's process. */
export type WarmSign =
  /** Whether this version can be kept warm. */
  | { is: "able"; canStayWarm: boolean; hasServers: boolean }
  /** The answer to a request of ours: whether the agent has done it, and if not, whether it never will. */
  | { is: "answer"; request: string; isDone: boolean; isNever?: boolean }
  /** The turn of the prompt with this id is over. */
  | { is: "over"; promptId: string }
  | { is: "busy" }
  /** Takes the next prompt. */
  | { is: "idle" }
  /** So many tasks run in the background. */
  | { is: "tasks"; count: number }
  /** It has a tool that is to begin a turn by itself later. */
  | { is: "scheduled"; tool: string }
  /** What this tool was to do is not done. */
  | { is: "failed"; tool: string };

/** What an agent reads when its process starts, and not again. */
export interface ReadAtStart {
  files: readonly string[];
  /** With all that is in them. */
  folders: readonly string[];
}

/** A program of ours that is the agent's process, and speaks with the agent behind it in the agent's own protocol. */
export interface Bridge {
  /** Its file, which is beside this program's own. */
  program: string;
  args: string[];
}

/**
 * How an agent is kept warm: a process that stays, and takes one prompt after another as lines on its stdin. At the end
 * of its stdin it finishes what it does and exits. It is a bridge to the agent, or else the agent itself, started with
 * the command of a turn whose prompt has an id.
 */
export interface WarmForm {
  /** Whether the agent reads its transcript for each turn, so that it sees what others have written meanwhile. */
  readonly readsAnew?: true;
  /** Variables that make it tell more of itself. */
  readonly environment: Readonly<Record<string, string>>;
  /** How the lines begin that a turn with a process of its own does not print; shorter than `GLANCE_BYTES`. */
  readonly asides: readonly string[];
  read(line: Buffer): WarmSign[];
  /** Whether a line belongs to the turn of another prompt than this one. */
  isOfOther(line: Buffer, promptId: string): boolean;
  /** The line that sets variables for what the agent starts from now on, in the turn of this prompt. */
  setVariables(request: string, variables: Readonly<Record<string, string>>, promptId: string): string;
  prompt(promptId: string, prompt: string): string;
  /** The line that ends the turn which runs. */
  interrupt(request: string): string;
  readAtStart(folder: string, environment: AgentEnvironment): ReadAtStart;
  /** Returns the files that the text of a file at `path` includes. */
  includedIn(text: string, path: string, environment: AgentEnvironment): string[];
}
