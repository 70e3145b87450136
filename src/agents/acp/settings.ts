import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import { either, flag, literal, maybe, object, oneOf, type Shape, text } from "../../domain/shape.ts";

/** What a turn over ACP is to do, as the program that runs it is told. */
export interface AcpSettings {
  session:
    | { kind: "new" }
    /** `of` is the agent that began the conversation, in its own words; absent if that is not known. */
    | { kind: "resume"; id: string; of?: string | undefined }
    | { kind: "fork"; id: string };
  /** Whether the agent must be able to continue the conversation in another process. */
  keeps: boolean;
  /** Whether the ids of conversations name the agent, since others may use the same ids. */
  namesAgent: boolean;
  /** What is answered when the agent asks for permission; absent: nobody is there to be asked. */
  access?: Access | undefined;
  /** The agent's own mode for that; without it, only the answers count. */
  mode?: string | undefined;
  model?: string | undefined;
  /** Whether text is printed in the pieces in which it comes. */
  partials: boolean;
}

export const asAcpSettings: Shape<AcpSettings> = object({
  session: either(
    object({ kind: literal("new") }),
    either(
      object({ kind: literal("resume"), id: text, of: maybe(text) }),
      object({ kind: literal("fork"), id: text }),
    ),
  ),
  keeps: flag,
  namesAgent: flag,
  access: maybe(oneOf(ACCESSES)),
  mode: maybe(text),
  model: maybe(text),
  partials: flag,
});
