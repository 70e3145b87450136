import { join } from "node:path";
import { number, object } from "../../../domain/shape.ts";
import { textsIn } from "../../../domain/texts-in.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolders, modifiedMs, moveIfThere } from "../../../system/files/folder.ts";
import { readJson } from "../../../system/files/read.ts";
import { removeTree, surveyTree, type TreeSurvey } from "../../../system/files/tree.ts";
import { makeFolder } from "../../../system/files/write.ts";
import type { StateHome } from "../home.ts";
import { ACCEPTED, PLAN, SESSION } from "./folder.ts";

const VERSION = 1;
const REQUEST_VERSION = 2;
const asVersioned = object({ v: number });

/**
 * A turn's folder and where it is: in `settled` its end waits to be read, in `told` it was reported, in
 * `turns` it is not recorded yet; a folder in `trash` is being deleted.
 */
export interface StoredTurn {
  path: string;
  place: "settled" | "told" | "turns" | "trash";
}

export function listStoredTurns(home: StateHome): StoredTurn[] {
  const roots = [
    ["trash", home.trashFolder],
    ["settled", home.settledFolder],
    ["told", home.toldFolder],
    ["turns", home.turnsFolder],
  ] as const;
  return roots.flatMap(([place, root]) =>
    listFolders(root).map((name) => ({ path: join(root, name), place })),
  );
}

/** Whether a turn's folder may still be needed, however old it is. */
export function turnNeed({ path, place }: StoredTurn): "none" | "open" | "newer" {
  if (place === "trash") return "none";
  const version = turnVersion(path);
  if (version === "newer") return "newer";
  return place === "turns" && version === "ours" ? "open" : "none";
}

/** Returns when a turn's folder last changed, or was settled if that was later, and its size. */
export function surveyTurn({ path }: StoredTurn): TreeSurvey {
  const survey = surveyTree(path);
  return { ...survey, changedMs: Math.max(survey.changedMs, modifiedMs(path) ?? survey.changedMs) };
}

/**
 * Deletes a turn's folder. First moves it away as a whole: so after a deletion that stops halfway, the rest
 * does not look like a turn, or like a recent change. Returns false when another process was faster.
 */
export function removeTurn(home: StateHome, { path, place }: StoredTurn, trashName: string): boolean {
  const trashed = place === "trash" ? path : join(home.trashFolder, trashName);
  if (place !== "trash") {
    try {
      makeFolder(home.trashFolder);
    } catch (error) {
      throw stateError(error, "write", home.trashFolder);
    }
    if (!moveIfThere(path, trashed)) return false;
  }
  removeTree(trashed);
  return true;
}

/**
 * Returns which version the turn in a folder is of; `none` when there is neither a whole plan nor a request.
 */
export function turnVersion(path: string): "ours" | "newer" | "none" {
  const [plan, request] = [readJson(join(path, PLAN)), readJson(join(path, ACCEPTED))];
  const [planned = 0, requested = 0] = [plan, request].map((content) => asVersioned(content?.value)?.v);
  if (planned > VERSION || requested > REQUEST_VERSION) return "newer";
  // A plan of our version that this program can't parse may still be needed.
  return planned === VERSION || request !== undefined ? "ours" : "none";
}

/** Yields every text in the files that describe a turn. */
export function* readTurnTexts(path: string): Generator<string> {
  for (const name of [PLAN, ACCEPTED, SESSION]) yield* textsIn(readJson(join(path, name))?.value);
}
