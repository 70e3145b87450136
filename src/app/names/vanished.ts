import { AppError } from "../../domain/errors.ts";
import { listStoredNames, type StoredLog } from "../../stores/file/names/all.ts";
import { isWorkspaceGone } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";

/** The workspaces that own a name of one of the agents and whose folder is no longer there. */
export function vanishedOwners(context: Context, name: string, agents: readonly string[]): string[] {
  const owners = new Set<string>();
  const spellings = [name, name.trim().normalize("NFC")];
  for (const { scope, entries } of readableLogs(context)) {
    const isMeant = scope.mappingFile === undefined && agents.includes(scope.agent);
    if (isMeant && entries.some((entry) => spellings.includes(entry.name))) owners.add(scope.workspace);
  }
  return [...owners].filter(isWorkspaceGone).sort();
}

/** What can't be read is left out: somebody who looks for a name is not helped by it. */
function readableLogs(context: Context): StoredLog[] {
  return listStoredNames(context.home).flatMap((names) => {
    try {
      return names.read() ?? [];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return [];
    }
  });
}
