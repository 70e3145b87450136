import { randomBytes } from "node:crypto";
import { closeSync, constants, copyFileSync, fsyncSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../errors.ts";
import { linkFile } from "./folder.ts";
import { isThere } from "./links.ts";
import { openPrivate, syncPath, writeFully } from "./write.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Makes a file, private to this user, of what `fill` writes: it appears whole and durable, or not at all. Unless
 * `replaces`, nothing that is there is replaced: then it fails with EEXIST.
 */
export async function makeNewFile(
  path: string,
  fill: (write: (bytes: Uint8Array) => void) => Promise<void>,
  { replaces = false } = {},
): Promise<void> {
  const temporary = temporaryOf(path);
  try {
    const file = newPrivateFile(temporary);
    try {
      await fill(file.write);
      file.finish();
    } finally {
      file.close();
    }
    if (replaces) renameSync(temporary, path);
    else giveName(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncPath(dirname(path));
}

function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** Gives a file a name that must be free. It keeps the other one where the file system has hard links. */
function giveName(from: string, to: string): void {
  try {
    linkFile(from, to);
  } catch (error) {
    const errno = errnoOf(error);
    if ((errno !== "EPERM" && errno !== "ENOTSUP" && errno !== "EOPNOTSUPP") || isThere(to)) throw error;
    renameSync(from, to);
  }
}

/** A file that is being written. */
export interface NewFile {
  write(bytes: Uint8Array): void;
  /** Makes it durable, and closes it. */
  finish(): void;
  /** Closes it; without effect once it is closed. */
  close(): void;
}

/** Creates a file that must not exist yet, private to this user, to be written piece by piece. */
export function newPrivateFile(path: string): NewFile {
  const descriptor = openPrivate(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
  return {
    write: (bytes) => writeFully(descriptor, bytes, false),
    finish: () => {
      fsyncSync(descriptor);
      close();
    },
    close,
  };
}

/** Copies a file to a path that must be free; otherwise fails with EEXIST. The copy appears whole and durable. */
export function copyNew(source: string, path: string): void {
  const temporary = temporaryOf(path);
  try {
    copyFileSync(source, temporary, constants.COPYFILE_EXCL);
    syncPath(temporary);
    giveName(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
