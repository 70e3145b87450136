import type { RealCli } from "../cli/real-cli.ts";
import type { ModelToolCall, Reply } from "../loopback/replies.ts";
import type { PromiseKey } from "./cases.ts";

/** One agent in the table of promises: how it is tested, and what it does not promise. */
export interface PromiseRow {
  /** The word after `--agent`. */
  agent: string;
  /** Why its program can't be run here; false where it can. Default: whether it is on PATH. */
  whyMissing?(): string | false;
  /** Options of every turn, such as a model. Default: none. */
  options?: readonly string[];
  /** A call of the model that runs a command, by the agent's own tool. */
  shell(command: string): ModelToolCall;
  /** A call of the model that makes a file whose content begins with "made". */
  write(path: string): ModelToolCall;
  /** Options of a turn in which the agent runs whatever command the model wants. */
  mayRun: readonly string[];
  /** How the model answers a turn with a schema. Only for an agent that takes one. */
  answer?(value: object): Reply;
  /** An id of its own form that no conversation has. Default: a UUID. */
  unknownId?: string;
  /** Whether a conversation that it has lost is put back, or refused. */
  lost: "restored" | "refused";
  /** Takes a conversation away from the agent. Default: removes the transcript that `show` names. */
  lose?(cli: RealCli, sessionId: string): Promise<void> | void;
  /** What it does not promise, and why; told in docs/agents/README.md. */
  no: Readonly<Partial<Record<PromiseKey, string>>>;
}
