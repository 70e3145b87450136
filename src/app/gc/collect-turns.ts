import {
  listStoredTurns,
  removeTurn,
  type StoredTurn,
  surveyTurn,
  turnNeed,
} from "../../stores/garbage/stored-turn.ts";
import type { Collection } from "./collection.ts";

/** A folder that never became a turn may be one that is just being written. */
const KEEP_LITTER_MS = 86_400_000;

/** Removes the folders of turns that have long ended, and those that never became turns. */
export function collectTurns(collection: Collection): void {
  const { home } = collection.context;
  const turns = collection.attempt(home.path, () => listStoredTurns(home)) ?? [];
  for (const turn of turns) {
    if (!collection.mayGoOn()) return;
    collection.attempt(turn.path, () => collectTurn(collection, turn));
  }
}

function collectTurn(collection: Collection, turn: StoredTurn): void {
  const { collected, context, request } = collection;
  const need = turnNeed(turn);
  if (need === "newer") collection.skip(turn.path, "A newer version of agent-sessions has written it.");
  if (need !== "none") return;
  const isEnded = turn.place === "settled";
  const { changedMs, ownBytes } = surveyTurn(turn);
  const keepMs = isEnded ? request.keepTurnsMs : KEEP_LITTER_MS;
  if (turn.place !== "trash" && !collection.isOld(changedMs, keepMs)) return;
  if (!request.dryRun && !removeTurn(context.home, turn, context.newUuid())) return;
  if (isEnded) collected.turns += 1;
  else collected.litter += 1;
  collected.freedBytes += ownBytes;
}
