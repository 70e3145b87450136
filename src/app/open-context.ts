import { agents } from "../agents/index.ts";
import type { Context } from "./context.ts";
import { openContextOf, type Surroundings } from "./open-context-of.ts";

export type { Surroundings } from "./open-context-of.ts";

/** The same for work with every agent we know. @throws AppError as `openContextOf` does */
export function openContext(around: Surroundings): Context {
  return openContextOf(agents, around);
}
