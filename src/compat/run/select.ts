import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { ScriptFailure } from "./failure.ts";
import { refuseDash, type Script, sortedEntries } from "./invocation.ts";

/** What a name or an id on the command line stands for. */
export interface Selected {
  scope: NameScope;
  id: string;
  /** The name it was found under; undefined for an id that no name has. */
  entry: NameEntry | undefined;
  /** How it was found, as the original scripts call it. */
  source: string;
}

/**
 * Finds the conversation: an id wins over a name, and is never verified; the first name that has it lends its
 * model and effort.
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
