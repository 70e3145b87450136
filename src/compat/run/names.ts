import { settleScope } from "../../app/turn/settle.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { dumps } from "../python/text.ts";
import { ScriptFailure } from "./failure.ts";
import { refuseDash, type Script, sortedEntries } from "./invocation.ts";

/** `resolve` */
export async function resolve(script: Script): Promise<void> {
  await settleScope(script.context, script.scope());
  const { scope, id, entry, source } = await select(script);
  if (script.has("print_id")) {
    script.io.out(`${id}\n`);
    return;
  }
  const path = entry === undefined ? null : script.shownPath(scope);
  const { tool, idKey } = script;
  script.io.out(
    `${dumps({
      [idKey]: id,
      alias: entry?.name ?? null,
      mapping_file: path,
      last_model: entry?.lastModel ?? null,
      ...(tool === "claude" ? { last_reasoning_effort: entry?.lastEffort ?? null } : {}),
      source,
    })}\n`,
  );
}

/** Returns the fields of a name as the original scripts print them, without those that are missing. */
function fieldsOf(script: Script, entry: NameEntry): Record<string, string> {
  const { tool, idKey } = script;
  return {
    [idKey]: entry.sessionId,
    ...(entry.createdAt === undefined ? {} : { created_at: entry.createdAt }),
    ...(entry.lastModel === undefined ? {} : { last_model: entry.lastModel }),
    ...(tool === "claude" && entry.lastEffort !== undefined
      ? { last_reasoning_effort: entry.lastEffort }
      : {}),
  };
}

/** Returns a map, because an object would reorder names such as `9` and `10`. */
function aliasesOf(script: Script, entries: readonly NameEntry[]): Map<string, unknown> {
  return new Map(entries.map((entry) => [entry.name, fieldsOf(script, entry)]));
}

/** `list-sessions` */
export async function listSessions(script: Script): Promise<void> {
  const scope = script.scope();
  await settleScope(script.context, scope);
  const entries = sortedEntries(await script.context.store.list(scope));
  if (script.has("print_aliases")) {
    script.io.out(entries.map(({ name }) => `${name}\n`).join(""));
    return;
  }
  const path = script.shownPath(scope);
  const view = script.view(scope).read();
  script.io.out(
    `${dumps({
      workspace_dir: script.shownWorkspace(),
      mapping_file: path,
      aliases: aliasesOf(script, entries),
      alias_count: entries.length,
      ...(view.kind === "ok" ? { stored_workspace_dir: view.mapping.workspace } : {}),
    })}\n`,
  );
}

/** `delete-session` */
export async function deleteSession(script: Script): Promise<void> {
  const name = script.trimmed("session_name");
  const id = script.trimmed("session_id");
  if (name === undefined && id === undefined) {
    throw new ScriptFailure("ValueError", "Missing delete selector: provide --session-name or --session-id.");
  }
  const scope = script.scope();
  const before = script.view(scope).read();
  await settleScope(script.context, scope);
  let removed: string[] = [];
  let countBefore = 0;
  const after = await script.context.store.update(scope, (names) => {
    countBefore = names.entries.size;
    const chosen = name !== undefined ? names.entries.get(name) : undefined;
    const entries = sortedEntries(names);
    // Only here, a name takes precedence over an id.
    removed =
      name !== undefined
        ? chosen === undefined
          ? []
          : [chosen.name]
        : entries.filter(({ sessionId }) => sessionId === id).map((entry) => entry.name);
    return removed.map((gone) => ({ op: "remove", name: gone, reason: "remove" }) as const);
  });
  const isCorrupt = before.kind === "corrupt";
  const existed = before.kind !== "absent" || countBefore > 0;
  const entries = sortedEntries(after);
  const workspace = scope.workspace;
  script.io.out(
    `${dumps({
      workspace_dir: script.shownWorkspace(),
      mapping_file: script.shownPath(scope),
      mapping_file_existed: existed,
      stored_workspace_dir: before.kind === "ok" ? before.mapping.workspace : existed ? workspace : "",
      requested_session_name: name ?? null,
      [script.tool === "claude" ? "requested_session_id" : "requested_thread_id"]: id ?? null,
      removed_aliases: removed,
      removed_count: removed.length,
      alias_count_before: countBefore,
      alias_count_after: entries.length,
      mapping_file_written: removed.length > 0 || isCorrupt,
      mapping_recreated_from_invalid_json: isCorrupt,
      mapping: script.has("print_mapping_json")
        ? { workspace_dir: workspace, aliases: aliasesOf(script, entries) }
        : null,
    })}\n`,
  );
}

/**
 * `delete-all-sessions`: removes every name and the mapping file. No other file is deleted: with
 * `--mapping-file`, the original script deleted any file.
 */
export async function deleteAllSessions(script: Script): Promise<void> {
  const scope = script.scope();
  const view = script.view(scope);
  const before = view.read();
  const path = script.shownPath(scope);
  if (before.kind === "unreadable")
    throw new ScriptFailure("OSError", `${path} can't be read: ${before.reason}.`);
  if (scope.mappingFile !== undefined && before.kind === "corrupt") {
    throw new ScriptFailure("ValueError", `${path} is not a mapping file; it was left as it is.`);
  }
  await script.context.store.update(scope, (names) =>
    [...names.entries.keys()].map((name) => ({ op: "remove", name, reason: "remove" }) as const),
  );
  const isParentGone = view.remove();
  script.io.out(
    `${dumps({
      workspace_dir: script.shownWorkspace(),
      mapping_file: path,
      mapping_file_existed: before.kind !== "absent",
      mapping_file_deleted: before.kind !== "absent",
      mapping_parent_dir_deleted_if_empty: isParentGone,
    })}\n`,
  );
}

/** What the name or id on the command line selects. */
export interface Selected {
  scope: NameScope;
  id: string;
  /** The name that selected the conversation, or one that has the given id; undefined if no name has it. */
  entry: NameEntry | undefined;
  /** How it was found, in the words of the original scripts. */
  source: string;
}

/**
 * Finds the conversation. An id takes precedence over a name and is not verified. If names have this id, the
 * first of them supplies model and effort.
 */
export async function select(script: Script): Promise<Selected> {
  const id = script.trimmed("session_id");
  const name = script.trimmed("session_name");
  const { idKey } = script;
  if (id === undefined && name === undefined) {
    const flags =
      script.tool === "claude"
        ? "--session-id or --session-name"
        : "--thread-id/--session-id or --session-name";
    throw new ScriptFailure("ValueError", `Missing session selector: provide ${flags}.`);
  }
  const scope = script.scope();
  const table = await script.context.store.list(scope);
  if (id !== undefined) {
    refuseDash(id);
    const entry = sortedEntries(table).find(({ sessionId }) => sessionId === id);
    return { scope, id, entry, source: entry === undefined ? idKey : `mapping_file_by_${idKey}` };
  }
  const entry = table.entries.get(name ?? "");
  if (entry === undefined) {
    throw new ScriptFailure(
      "KeyError",
      `Session name '${name}' not found in mapping file: ${script.shownPath(scope)}. Create it first with the creation stage.`,
    );
  }
  return { scope, id: entry.sessionId, entry, source: "mapping_file" };
}
