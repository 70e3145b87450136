import { acpAgent } from "../../agents/acp/acp.ts";
import { agents } from "../../agents/index.ts";
import type { Context } from "../context.ts";
import type { Surroundings } from "../surroundings.ts";
import { openContextOf } from "./open-context-of.ts";

/** Opens the context for all supported agents, and those of the user's own. @throws AppError as `openContextOf` does */
export function openContext(around: Surroundings): Context {
  return openContextOf(agents, around, (name) => acpAgent(name, name));
}
