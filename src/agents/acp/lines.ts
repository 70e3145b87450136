import { anything, flag, literal, maybe, object, oneOf, type Read, text } from "../../domain/shape.ts";

/** How the words begin with which a turn over ACP is refused, or is called failed although the agent does not. */
export const REFUSALS = {
  /** The agent has no such conversation, or an empty one. */
  lost: "no such conversation",
  /** It could never continue what it begins. */
  forgetful: "can't continue",
  /** Another agent than the one that has begun the conversation. */
  other: "another agent",
  /** It has answered in another conversation. */
  elsewhere: "answered elsewhere",
} as const;

/** How a conversation that is continued is known to be the same: by its messages, or by its id alone. */
export const PROOFS = ["history", "id"] as const;

/** What the program that runs a turn over ACP prints, a line each. */
export const asAcpLine = {
  agent: object({ type: literal("agent"), name: text, version: maybe(text) }),
  session: object({
    type: literal("session"),
    session_id: text,
    agent_version: maybe(text),
    model: maybe(text),
    known_by: maybe(oneOf(PROOFS)),
  }),
  text: object({ type: oneOf(["text", "text_delta"]), text }),
  tool: object({
    type: literal("tool"),
    phase: oneOf(["start", "end"]),
    id: text,
    name: text,
    input: maybe(anything),
    failed: maybe(flag),
  }),
  warning: object({ type: literal("warning"), message: text }),
  result: object({
    type: literal("result"),
    session_id: maybe(text),
    is_error: flag,
    reason: text,
    text: maybe(text),
  }),
};

export type AcpResult = Read<typeof asAcpLine.result>;
