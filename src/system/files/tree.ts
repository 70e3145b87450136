import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, stateError } from "../errors.ts";

export interface TreeSurvey {
  /** When the newest file was last changed: minus infinity where there is none, infinity while one goes away. */
  changedMs: number;
  /** What removing the tree would free: a file with another name elsewhere frees nothing. */
  ownBytes: number;
}

/** Looks at all files at and below `path`. Links are looked at, never followed. */
export function surveyTree(path: string): TreeSurvey {
  const survey: TreeSurvey = { changedMs: Number.NEGATIVE_INFINITY, ownBytes: 0 };
  addTo(survey, path);
  return survey;
}

function addTo(survey: TreeSurvey, path: string): void {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) {
      // Renamed or removed since it was listed: somebody is at it right now.
      survey.changedMs = Number.POSITIVE_INFINITY;
      return;
    }
    if (found.isDirectory()) {
      for (const name of readdirSync(path)) addTo(survey, join(path, name));
      return;
    }
    survey.changedMs = Math.max(survey.changedMs, found.mtimeMs);
    if (found.nlink === 1) survey.ownBytes += found.size;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw stateError(error, "read", path);
    survey.changedMs = Number.POSITIVE_INFINITY;
  }
}

/** Removes a file, or a folder with all that is in it. What is gone already is no error. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw stateError(error, "write", path);
  }
}
