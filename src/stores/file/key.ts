import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { errnoOf, stateError } from "../../system/errors.ts";
import { linkFile, removeFile } from "../../system/files/folder.ts";
import { readFileIfAny } from "../../system/files/read.ts";
import { createFile, makeFolder, syncPath } from "../../system/files/write.ts";
import type { StateHome } from "./home.ts";

const BYTES = 32;

/**
 * Returns the random key of a state home, which never leaves it: a digest made with it tells nothing to whoever can
 * read only the digest. Makes it when it is first needed.
 *
 * @throws AppError `state_unwritable`, `state_unreadable`
 */
export function keyOf(home: StateHome): Buffer {
  const path = join(home.path, "key");
  const found = readFileIfAny(path);
  if (found !== undefined) return found;
  const temporary = `${path}.tmp-${randomBytes(8).toString("hex")}`;
  try {
    makeFolder(home.path);
    createFile(temporary, randomBytes(BYTES).toString("hex"));
    try {
      linkFile(temporary, path);
      syncPath(home.path);
    } catch (error) {
      // Another process was faster.
      if (errnoOf(error) !== "EEXIST") throw error;
    } finally {
      removeFile(temporary);
    }
  } catch (error) {
    throw stateError(error, "write", path);
  }
  return keyOf(home);
}
