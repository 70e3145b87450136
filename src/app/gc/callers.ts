import { join } from "node:path";
import { listFolder, modifiedMs, removeFile } from "../../system/files/folder.ts";
import type { Collection } from "./collection.ts";

/** Removes what is known of callers that have not been here for as long as a conversation without a name is kept. */
export function collectCallers(collection: Collection): void {
  const { callersFolder } = collection.context.home;
  for (const file of collection.attempt(callersFolder, () => listFolder(callersFolder)) ?? []) {
    if (!collection.mayGoOn()) return;
    const path = join(callersFolder, file);
    collection.attempt(path, () => collectCaller(collection, path));
  }
}

function collectCaller(collection: Collection, path: string): void {
  const { collected, request } = collection;
  const changedMs = modifiedMs(path);
  if (changedMs === undefined || !collection.isOld(changedMs, request.keepSessionsMs)) return;
  if (!request.dryRun) removeFile(path);
  collected.callers += 1;
}
