import { join } from "node:path";
import type { AgentEnvironment, WindowPlace } from "../../domain/agent/places.ts";
import { maybe, object, pid, sessionId, text } from "../../domain/shape.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { configFolder } from "./places.ts";

/** Returns the folder in which windows and editors of qwen 0.24.4 record their conversation; single turns do not. */
export function windows(environment: AgentEnvironment): readonly WindowPlace[] {
  return [{ folder: join(configFolder(environment), "sessions"), read: readProcess }];
}

const asProcess = object({ sessionId, pid, procStart: maybe(text) });

function readProcess(value: unknown) {
  const found = asProcess(value);
  if (found === undefined) return [];
  // On Linux `<boot id>:<start of the process>`.
  const start = found.procStart?.split(":")[1];
  return [withoutUndefined({ sessionId: found.sessionId, pid: found.pid, start })];
}
