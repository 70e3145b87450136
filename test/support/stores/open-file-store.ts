import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { claude } from "../../../src/agents/claude/claude.ts";
import { findAgent } from "../../../src/agents/index.ts";
import type { Agent } from "../../../src/domain/agent/agent.ts";
import { StateHome } from "../../../src/stores/file/home.ts";
import { FileStore } from "../../../src/stores/file/store.ts";

export const scope = { workspace: "/srv/ws", agent: "claude" };

/** Where a store in `folder` keeps the names. */
export function namesFolderIn(folder: string): string {
  return new StateHome(join(folder, "state")).namesFolder(scope);
}

/** A store in `folder`, whose mapping file lies in the temporary folder `tmp` of it. */
export function openFileStore(folder: string, tmp = "tmp", now = () => new Date()) {
  const notices: string[] = [];
  const store = newStore(folder, tmp, findAgent, (message) => notices.push(message), now);
  const view = store.mappingPath(scope);
  assert.ok(view !== undefined);
  return { store, notices, view };
}

/** The same for agents that no original script knows. */
export function openUnshownStore(folder: string): FileStore {
  const { mapping: _, ...unshown } = claude;
  return newStore(
    folder,
    "tmp",
    () => unshown,
    (message) => assert.fail(message),
  );
}

function newStore(
  folder: string,
  tmp: string,
  find: (name: string) => Agent,
  notify: (message: string) => void,
  now = () => new Date(),
): FileStore {
  return new FileStore({
    home: new StateHome(join(folder, "state")),
    viewRoot: join(folder, tmp, "agent-sessions"),
    uid: process.getuid?.() ?? 0,
    findAgent: find,
    now,
    notify,
  });
}

/** Writes a mapping file as another tool would. */
export function writeMapping(path: string, aliases: Record<string, unknown>) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, JSON.stringify({ aliases, workspace_dir: "/srv/ws" }));
}

/** The names of a store and what they point at. */
export async function idsOf(store: FileStore): Promise<Record<string, string>> {
  const { entries } = await store.list(scope);
  return Object.fromEntries([...entries.values()].map(({ name, sessionId }) => [name, sessionId]));
}
