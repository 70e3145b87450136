import { join } from "node:path";
import { listKeepers } from "../../stores/file/keepers.ts";
import { TurnFolder } from "../../stores/file/turns/folder.ts";
import {
  listStoredTurns,
  removeTurn,
  type StoredTurn,
  surveyTurn,
  turnNeed,
} from "../../stores/file/turns/stored.ts";
import { agentOf } from "../../stores/file/warm-folders.ts";
import { listFolder, modifiedMs, removeFile } from "../../system/files/folder.ts";
import { removeTree, surveyTree } from "../../system/files/tree.ts";
import { livenessOf } from "../../system/processes/identity.ts";
import type { Collection } from "./collection.ts";

/** How long a folder that never became a turn is kept: it may be a turn that is just being written. */
const KEEP_LITTER_MS = 86_400_000;

/** Removes the folders of turns that ended long ago, and folders that never became turns. */
export function collectTurns(collection: Collection): void {
  const { home } = collection.context;
  const turns = collection.attempt(home.path, () => listStoredTurns(home)) ?? [];
  const tooMany = collection.attempt(home.path, () => beyondRoom(turns, collection.request.keepToldBytes));
  for (const turn of turns) {
    if (!collection.mayGoOn()) return;
    collection.attempt(turn.path, () => collectTurn(collection, turn, tooMany?.has(turn) ?? false));
  }
}

/**
 * Returns the turns, of those whose callers have their results, that no longer fit into `keepToldBytes`,
 * counted from the newest.
 */
function beyondRoom(turns: readonly StoredTurn[], keepToldBytes: number): Set<StoredTurn> {
  const tooMany = new Set<StoredTurn>();
  let room = keepToldBytes;
  // Newest first: the ids begin with the time.
  for (const turn of turns.filter(({ place }) => place === "told").reverse()) {
    room -= new TurnFolder(turn.path).output().bytes ?? 0;
    if (room < 0) tooMany.add(turn);
  }
  return tooMany;
}

function collectTurn(collection: Collection, turn: StoredTurn, isTooMuch: boolean): void {
  const { collected, context, request } = collection;
  const isEnded = turn.place === "settled" || turn.place === "told";
  const isYoung = (changedMs: number | undefined, keepMs: number) =>
    changedMs !== undefined && !collection.isOld(changedMs, keepMs);
  // Most turns are young: examining all their files would leave no time for anything else in the hourly run.
  if (isEnded && !isTooMuch && isYoung(modifiedMs(turn.path), request.keepTurnsMs)) return;
  const need = turnNeed(turn);
  if (need === "newer") collection.skip(turn.path, "It was written by a newer version of agent-sessions.");
  if (need !== "none") return;
  const { changedMs, ownBytes } = surveyTurn(turn);
  const keepMs = isEnded ? request.keepTurnsMs : KEEP_LITTER_MS;
  if (turn.place !== "trash" && !isTooMuch && isYoung(changedMs, keepMs)) return;
  if (!request.dryRun && !removeTurn(context.home, turn, context.newUuid())) return;
  if (isEnded) collected.turns += 1;
  else collected.litter += 1;
  collected.freedBytes += ownBytes;
}

/** Removes the last-use files of callers that have not been seen for `keepSessionsMs`. */
export function collectCallers(collection: Collection): void {
  const { callersFolder } = collection.context.home;
  for (const file of collection.attempt(callersFolder, () => listFolder(callersFolder)) ?? []) {
    if (!collection.mayGoOn()) return;
    const path = join(callersFolder, file);
    collection.attempt(path, () => collectCaller(collection, path));
  }
}

/** Removes what agents have said of their versions, once nobody believes it any more. */
export function collectVersions(collection: Collection): void {
  collectOld(collection, collection.context.home.versionsFolder, KEEP_LITTER_MS);
}

/**
 * Removes requests that have begun a conversation, once their ids are `keepSessionsMs` old, and the locks of those who
 * started a process for a turn, once the turn has gone.
 */
export function collectRequests(collection: Collection): void {
  const { firstRequestsFolder, takeOversFolder } = collection.context.home;
  const { keepSessionsMs } = collection.request;
  for (const root of [firstRequestsFolder, takeOversFolder]) collectOld(collection, root, keepSessionsMs);
}

/** Removes what agents have printed that were kept warm by a process that was killed. */
export function collectWarm(collection: Collection): void {
  const { warmFolder } = collection.context.home;
  for (const name of collection.attempt(warmFolder, () => listFolder(warmFolder)) ?? []) {
    if (!collection.mayGoOn()) return;
    const path = join(warmFolder, name);
    collection.attempt(path, () => {
      const process = agentOf(path);
      const isYoung = !collection.isOld(modifiedMs(path) ?? Number.POSITIVE_INFINITY, KEEP_LITTER_MS);
      if (isYoung || (process !== undefined && livenessOf(process) !== "gone")) return;
      collectOne(collection, path, KEEP_LITTER_MS);
    });
  }
}

/** Removes the folders of keepers that have left long ago. */
export function collectKeepers(collection: Collection): void {
  const { home } = collection.context;
  for (const keeper of collection.attempt(home.keepersFolder, () => listKeepers(home)) ?? []) {
    if (!collection.mayGoOn()) return;
    collection.attempt(keeper.path, () => {
      const process = keeper.record()?.process;
      const isGone = process === undefined || livenessOf(process) === "gone";
      if (isGone) collectOne(collection, keeper.path, KEEP_LITTER_MS);
    });
  }
}

function collectOld(collection: Collection, root: string, keepMs: number): void {
  for (const name of collection.attempt(root, () => listFolder(root)) ?? []) {
    if (!collection.mayGoOn()) return;
    const path = join(root, name);
    collection.attempt(path, () => collectOne(collection, path, keepMs));
  }
}

function collectOne(collection: Collection, path: string, keepMs: number): void {
  const { collected, request } = collection;
  const { changedMs, ownBytes } = surveyTree(path);
  if (!collection.isOld(changedMs, keepMs)) return;
  if (!request.dryRun) removeTree(path);
  collected.litter += 1;
  collected.freedBytes += ownBytes;
}

function collectCaller(collection: Collection, path: string): void {
  const { collected, request } = collection;
  const changedMs = modifiedMs(path);
  if (changedMs === undefined || !collection.isOld(changedMs, request.keepSessionsMs)) return;
  if (!request.dryRun) removeFile(path);
  collected.callers += 1;
}
