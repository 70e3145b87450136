import {
  either,
  flag,
  literal,
  maybe,
  object,
  oneOf,
  type Shape,
  table,
  text,
} from "../../../domain/shape.ts";

/** What the program that speaks with an app server is told, a line each on its stdin. */
export type Told =
  /** Take the thread for one turn, whose tools get these variables. */
  | { do: "resume"; request: string; prompt: string; variables: [name: string, value: string][] }
  /** Run the turn. */
  | { do: "prompt"; prompt: string; text: string }
  /** End the turn. */
  | { do: "interrupt"; request: string };

export const asTold: Shape<Told> = either(
  object({ do: literal("resume"), request: text, prompt: text, variables: table(text) }),
  either(
    object({ do: literal("prompt"), prompt: text, text }),
    object({ do: literal("interrupt"), request: text }),
  ),
);

/** What it says of itself, a line each between those of `codex exec`. */
export type Said =
  /** Everything from here on is of the turn of this prompt. */
  | { type: "bridge.turn"; prompt: string }
  /** Whether it was done; `never` says that no other turn with these settings can be run here, either. */
  | { type: "bridge.answer"; request: string; done: boolean; never?: boolean | undefined }
  /** Whether servers or hooks run, which bear no mark of a turn. */
  | { type: "bridge.able"; servers: boolean }
  | { type: "bridge.busy" | "bridge.idle" }
  | { type: "bridge.over"; prompt: string };

export const asSaid: Shape<Said> = either(
  object({ type: oneOf(["bridge.turn", "bridge.over"]), prompt: text }),
  either(
    object({ type: literal("bridge.answer"), request: text, done: flag, never: maybe(flag) }),
    either(
      object({ type: literal("bridge.able"), servers: flag }),
      object({ type: oneOf(["bridge.busy", "bridge.idle"]) }),
    ),
  ),
);

/** How each line begins that it says of itself. */
export const SAID = '{"type":"bridge.';
