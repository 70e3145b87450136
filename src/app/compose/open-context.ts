import { acpAgent } from "../../agents/acp/acp.ts";
import { agents } from "../../agents/index.ts";
import type { SessionStore } from "../../domain/store.ts";
import type { Context } from "../context.ts";
import type { Surroundings } from "../surroundings.ts";
import { openContextOf, openWorkerContext } from "./open-context-of.ts";

/** Opens the context for all supported agents, and those of the user's own. @throws AppError as `openContextOf` does */
export function openContext(around: Surroundings): Context {
  return openContextOf(agents, around, (name) => acpAgent(name, name));
}

/** Opens the state of a worker for all supported agents. @throws AppError as `openContextOf` does */
export function openWorker(
  around: Surroundings,
  folder: string,
  storeOf: (local: SessionStore) => SessionStore,
): Context {
  return openWorkerContext(agents, around, folder, storeOf);
}
