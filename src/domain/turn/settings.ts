import { ACCESSES, type Access } from "../agent/access.ts";
import { list, maybe, number, object, oneOf, text } from "../shape.ts";

/** A program that is started once a turn has ended. */
export interface OnEnd {
  /** The absolute path of the program, and its arguments. */
  words: readonly string[];
  /** Which processes may start it; absent if only the one that has run the turn may. */
  reach?: string | undefined;
}

/** The settings of a turn, from the request to the record of its end. */
export interface TurnSettings {
  model?: string | undefined;
  effort?: string | undefined;
  /** What the agent may do in this turn. Default: the access that the conversation was created with. */
  access?: Access | undefined;
  /** A JSON Schema, as text, that the answer has to fit. */
  schemaText?: string | undefined;
  /** Command line of a wrapper around the agent; empty for none. Default: the one that the name remembers. */
  agentCommand?: string | undefined;
  /** Passed to the agent unchanged; empty for none. Default: those that the name remembers. */
  agentArgs?: readonly string[] | undefined;
  /** Ends the turn once its agent has written more than this, stdout and stderr together. */
  maxOutputBytes?: number | undefined;
  /** Reports when the agent has been silent for this long. Ends nothing. */
  stallMs?: number | undefined;
  /** Started once the turn has ended. Not remembered. */
  onEnd?: OnEnd | undefined;
}

/** The fields of the settings, for the files that contain them. */
export const SETTINGS = {
  model: maybe(text),
  effort: maybe(text),
  access: maybe(oneOf(ACCESSES)),
  schemaText: maybe(text),
  agentCommand: maybe(text),
  agentArgs: maybe(list(text)),
  maxOutputBytes: maybe(number),
  stallMs: maybe(number),
  onEnd: maybe(object({ words: list(text), reach: maybe(text) })),
};
