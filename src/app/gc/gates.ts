import { Gates } from "../../stores/file/gates.ts";
import { listNames } from "../../stores/file/names/folder.ts";
import { modifiedMs, removeFile } from "../../system/files/folder.ts";
import type { Collection } from "./collection.ts";

/**
 * Removes the gates of workspaces without any name, once they have not changed for as long as conversations without a name
 * are kept. A run may wait for its answer for months, and a name shows that the work goes on.
 */
export function collectGates(collection: Collection): void {
  const { home } = collection.context;
  collection.attempt(
    home.gatesFolder,
    () => collectAll(collection),
    (reason) => `No gate was deleted, because it is unknown which workspaces have names. ${reason}`,
  );
}

function collectAll(collection: Collection): void {
  const { context, request, collected } = collection;
  const gates = new Gates(context.home);
  const isOld = (path: string) =>
    collection.isOld(modifiedMs(path) ?? Number.POSITIVE_INFINITY, request.keepSessionsMs);
  const old = gates
    .all(({ message }) => collection.skip(context.home.gatesFolder, message))
    .filter(({ path }) => isOld(path));
  if (old.length === 0 || !collection.mayGoOn()) return;
  const named = new Set<string>();
  for (const names of listNames(context.home)) {
    const found = names.read();
    if (found !== undefined && found.entries.length > 0) named.add(found.scope.workspace);
  }
  const unwanted = old.filter(({ gate }) => !named.has(gate.workspace));
  if (unwanted.length === 0) return;
  const release = gates.lock.tryTake({ since: context.now().toISOString() });
  if (release === undefined) return;
  try {
    for (const { path } of unwanted) {
      if (!collection.mayGoOn()) return;
      // It may have been asked or answered since.
      if (!isOld(path)) continue;
      if (!request.dryRun) removeFile(path);
      collected.gates += 1;
    }
  } finally {
    release();
  }
}
