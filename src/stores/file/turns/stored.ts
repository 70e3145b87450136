import { join } from "node:path";
import { number, object } from "../../../domain/shape.ts";
import { textsIn } from "../../../domain/texts-in.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolders, modifiedMs, moveIfThere, writtenTo } from "../../../system/files/folder.ts";
import { removeTree, surveyTree, type TreeSurvey } from "../../../system/files/tree.ts";
import { makeFolder, readFileIfAny } from "../../../system/files/write.ts";
import { parseJson } from "../../../system/lines/json.ts";
import type { StateHome } from "../home.ts";

const VERSION = 1;
const PLAN = "turn.json";
const REQUEST = "request.json";
const asVersioned = object({ v: number });

/**
 * A folder that was made for a turn, by where it lies: its end waits to be read, has been told, or is not written
 * down yet, or it is being removed.
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

/** Whether anybody may still need a turn's folder, however old it is. */
export function turnNeed({ path, place }: StoredTurn): "none" | "open" | "newer" {
  if (place === "trash") return "none";
  const version = turnVersion(path);
  if (version === "newer") return "newer";
  return place === "turns" && version === "ours" ? "open" : "none";
}

/** How much the agent has said in a turn. */
export function saidBytes({ path }: StoredTurn): number {
  return writtenTo(join(path, "stdout.jsonl"))?.bytes ?? 0;
}

/** When a turn was put where it lies, or changed there; undefined where it is gone. */
export function putMs({ path }: StoredTurn): number | undefined {
  return modifiedMs(path);
}

/** How old a turn's folder is, counted from when it was settled, and what it takes. */
export function surveyTurn({ path }: StoredTurn): TreeSurvey {
  const survey = surveyTree(path);
  return { ...survey, changedMs: Math.max(survey.changedMs, modifiedMs(path) ?? survey.changedMs) };
}

/**
 * Removes a turn's folder. It is first moved away as a whole: cut off half way, it neither looks like a turn
 * nor seems to have been changed a moment ago. Returns false when somebody else was faster.
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

/** Whose turn a folder holds; `none` when what it says is missing or was cut off while it was written. */
export function turnVersion(path: string): "ours" | "newer" | "none" {
  const [plan, request] = [readJson(join(path, PLAN)), readJson(join(path, REQUEST))];
  const versions = [plan, request].map((content) => asVersioned(content?.value)?.v ?? 0);
  if (versions.some((v) => v > VERSION)) return "newer";
  // A plan of our version that this program can't make sense of may still be somebody's.
  return versions[0] === VERSION || request !== undefined ? "ours" : "none";
}

/** Every text in what a folder says of its turn. */
export function* readTurnTexts(path: string): Generator<string> {
  for (const name of [PLAN, REQUEST, "session.json"]) yield* textsIn(readJson(join(path, name))?.value);
}

/** Undefined when there is no such file; without a value when it holds none. */
function readJson(path: string): { value: unknown } | undefined {
  try {
    const bytes = readFileIfAny(path);
    return bytes === undefined ? undefined : { value: parseJson(bytes) };
  } catch (error) {
    throw stateError(error, "read", path);
  }
}
