import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { ScriptFailure } from "./failure.ts";
import { refuseDash, type Script, sortedEntries } from "./invocation.ts";

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
