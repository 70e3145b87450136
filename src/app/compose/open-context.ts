import { agents } from "../../agents/index.ts";
import type { Context } from "../context.ts";
import type { Surroundings } from "../surroundings.ts";
import { openContextOf } from "./open-context-of.ts";

/** Opens the context for all supported agents. @throws AppError as `openContextOf` does */
export function openContext(around: Surroundings): Context {
  return openContextOf(agents, around);
}
