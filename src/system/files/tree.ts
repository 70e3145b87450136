import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, stateError } from "../errors.ts";

export interface TreeSurvey {
  /**
   * When the newest file was last changed: minus infinity where there is none, infinity while one is being
   * removed.
   */
  changedMs: number;
  /** The bytes that deleting the tree would free: a file with another hard link frees nothing. */
  ownBytes: number;
}

/** Surveys all files at and below `path`. Links are counted, never followed. */
export function surveyTree(path: string): TreeSurvey {
  const survey: TreeSurvey = { changedMs: Number.NEGATIVE_INFINITY, ownBytes: 0 };
  addTo(survey, path);
  return survey;
}

function addTo(survey: TreeSurvey, path: string): void {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) {
      // Renamed or removed since it was listed: another process is changing the tree now.
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

/** Deletes a file, or a folder with all its content. What is gone already is no error. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw stateError(error, "write", path);
  }
}
