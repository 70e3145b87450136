import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { openContext } from "../src/app/open-context.ts";
import { pythonTimestamp } from "../src/app/timestamp.ts";
import type { NameEdit } from "../src/domain/name.ts";

/** One of the names, whatever their number. */
export const FIRST_NAME = "conversation-0";

const FIRST_CREATED_MS = Date.parse("2026-01-01T00:00:00Z");
const MINUTE_MS = 60_000;

/**
 * Gives names to conversations that never took place, all at once, in a workspace of their own; a `create` for each
 * would take minutes. Returns the workspace.
 */
export async function nameConversations(
  { env, beside }: { env: Record<string, string>; beside: string },
  count: number,
): Promise<string> {
  const workspace = join(dirname(beside), `names-${count}`);
  mkdirSync(workspace);
  const { store } = openContext({
    env,
    cwd: workspace,
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: env.HOME,
    notify: (message) => process.stderr.write(`${message}\n`),
  });
  const edits = Array.from({ length: count }, (_, index) => nameOnce(index));
  await store.update({ workspace, agent: "claude" }, () => edits);
  return workspace;
}

function nameOnce(index: number): NameEdit {
  const createdMs = FIRST_CREATED_MS + index * MINUTE_MS;
  return {
    op: "set",
    reason: "create",
    entry: {
      name: `conversation-${index}`,
      sessionId: randomUUID(),
      createdAt: pythonTimestamp(new Date(createdMs)),
      usedAt: new Date(createdMs + MINUTE_MS).toISOString(),
      lastModel: "opus",
    },
  };
}
