import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { NameLogLine } from "../src/domain/names/log.ts";
import { StateHome } from "../src/stores/file/home.ts";
import { pythonTimestamp } from "../src/stores/file/names/mapping-format.ts";
import { AppendLog } from "../src/system/lines/append-log.ts";

/** One of the names, whatever their number. */
export const FIRST_NAME = "conversation-0";

const FIRST_CREATED_MS = Date.parse("2026-01-01T00:00:00Z");
const MINUTE_MS = 60_000;

/**
 * Gives names to conversations that never took place, in a workspace of their own: the log that as many `create`s
 * would have left, which would take minutes. Returns the workspace.
 */
export function nameConversations(
  { env, beside }: { env: Record<string, string>; beside: string },
  count: number,
): string {
  const workspace = join(dirname(beside), `names-${count}`);
  mkdirSync(workspace);
  const scope = { workspace, agent: "claude" };
  const folder = new StateHome(env.AGENT_SESSIONS_HOME ?? "").namesFolder(scope);
  const log = new AppendLog(join(folder, "log.jsonl"), { v: 1, kind: "names", ...scope });
  log.append(Array.from({ length: count }, (_, index) => nameOnce(index)));
  return workspace;
}

function nameOnce(index: number): NameLogLine {
  const createdMs = FIRST_CREATED_MS + index * MINUTE_MS;
  const usedAt = new Date(createdMs + MINUTE_MS).toISOString();
  const entry = {
    name: `conversation-${index}`,
    sessionId: randomUUID(),
    createdAt: pythonTimestamp(new Date(createdMs)),
    usedAt,
    lastModel: "opus",
  };
  return { at: usedAt, edits: [{ op: "set", entry, reason: "create" }] };
}
