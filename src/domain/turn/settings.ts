import { ACCESSES, type Access } from "../agent/access.ts";
import { asCap, type Cap } from "../budget/caps.ts";
import { flag, list, maybe, number, object, oneOf, text } from "../shape.ts";

/** A program that is started once a turn has ended. */
export interface OnEnd {
  /** The absolute path of the program, and its arguments. */
  words: readonly string[];
  /** Which processes may start it; absent if only the one that has run the turn may. */
  reach?: string | undefined;
}

/**
 * What a name does not learn from a turn: with `keep`, the turn used a value that nobody asked for and that the name does
 * not remember; with `clear`, the name forgets what it remembers.
 */
export interface Unlearned {
  model?: "keep" | "clear";
  effort?: "keep" | "clear";
  access?: "keep";
}

/** What a new conversation remembers from the one that it comes from, where its first turn used something else. */
export interface Inherited {
  model?: string | undefined;
  effort?: string | undefined;
  access?: Access | undefined;
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
  unlearned?: Unlearned | undefined;
  inherited?: Inherited | undefined;
  /** What the user's settings allow every name to use; a name may have a budget of its own. */
  caps?: readonly Cap[] | undefined;
  /** Whether the turn is ended once it has used up the budget of its name. */
  stopAtBudget?: boolean | undefined;
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
  unlearned: maybe(
    object({
      model: maybe(oneOf(["keep", "clear"])),
      effort: maybe(oneOf(["keep", "clear"])),
      access: maybe(oneOf(["keep"])),
    }),
  ),
  caps: maybe(list(asCap)),
  stopAtBudget: maybe(flag),
  inherited: maybe(object({ model: maybe(text), effort: maybe(text), access: maybe(oneOf(ACCESSES)) })),
};

/** How to ask for the agent's own model or effort, and for a name that forgets its own. */
export const FORGET = "default";

/** Returns settings as they were asked for, with `default` understood: it is never passed on to an agent. */
export function understood<Asked extends Pick<TurnSettings, "model" | "effort">>(
  asked: Asked,
): Asked & Pick<TurnSettings, "unlearned"> {
  const [model, effort] = [asked.model === FORGET, asked.effort === FORGET];
  if (!model && !effort) return asked;
  return {
    ...asked,
    ...(model ? { model: undefined } : {}),
    ...(effort ? { effort: undefined } : {}),
    unlearned: { ...(model ? { model: "clear" } : {}), ...(effort ? { effort: "clear" } : {}) },
  };
}
