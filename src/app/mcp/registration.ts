import type { Agent } from "../../domain/agent/agent.ts";
import type { AppErrorCode } from "../../domain/errors.ts";
import type { Surroundings } from "../surroundings.ts";
import type { ParseToml } from "./codex-table.ts";
import type { ServerFlags } from "./server-words.ts";

/** The agents that the server can be given to, and how: by a command of theirs, or in their configuration. */
export const CLIENTS = ["claude", "codex", "copilot"] as const;

export type ClientName = (typeof CLIENTS)[number];

/** What is known of an agent to give it the server. */
export interface Registration {
  agent: Pick<Agent, "title" | "executable" | "installHint" | "configFolder"> & { name: ClientName };
  around: Pick<Surroundings, "env" | "cwd" | "uid" | "program">;
  /** Variables that agents read a key from. */
  signInVariables: readonly string[];
  parse: ParseToml;
  /** Nothing is changed: what would be done is returned. */
  onlyShows: boolean;
}

export interface Installation extends Registration {
  flags: ServerFlags;
}

/** What is in the way, as an `AppError` says it. The code that returns it is in a file of its own, with classes of its own. */
export interface Refused {
  refused: {
    code: AppErrorCode;
    message: string;
    hint?: string | undefined;
    facts?: Record<string, unknown>;
  };
}

/** What was done, or would be. */
export interface Done {
  state: "installed" | "replaced" | "already_installed" | "removed" | "not_installed";
  /** The file that has the server. */
  path: string;
  /** The words that start the server. */
  words: readonly string[];
  /** The copy of the file as it was. */
  copy?: string | undefined;
  /** The commands of the client. */
  commands?: readonly (readonly string[])[];
  /** What is written at the end of the file. */
  block?: string;
}

export function refuse(
  code: AppErrorCode,
  message: string,
  details: Omit<Refused["refused"], "code" | "message"> = {},
): Refused {
  return { refused: { code, message, ...details } };
}
