import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { checkTree, type TreeChanges, type TreeFile, tooLarge } from "../../domain/tree/pack.ts";
import { MOST_TREE_BYTES } from "../../domain/tree/tree.ts";
import { errnoOf } from "../errors.ts";
import { type Checkout, statusOf } from "./checkout.ts";
import type { GitOptions } from "./run.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Reads what a checkout has beyond its commit: changed and new files as they are on disk, and those that are gone. Ignored
 * files are none of them.
 *
 * @throws AppError `file_refused` for what can't be carried; `unsupported` where git does not tell
 */
export async function readChanges(
  checkout: Checkout,
  options: GitOptions,
): Promise<{ commit: string; changes: TreeChanges }> {
  const { root } = checkout;
  const status = await statusOf(checkout, "all", options);
  if (status === undefined) throw new AppError("unsupported", `git does not tell how ${root} stands.`);
  const { commit, paths, repositories } = status;
  if (commit === undefined)
    throw new AppError("file_refused", `The repository ${root} has no commit yet.`, {
      hint: "Make one, and push it.",
    });
  const [inner] = repositories;
  if (inner !== undefined)
    throw unfit(inner, "is a repository of its own with changes", "Commit and push what it has.");
  const found = paths.map((path) => ({ path, stats: statsOf(join(root, path)) }));
  let bytes = 0;
  let largest = { path: "", size: -1 };
  for (const { path, stats } of found) {
    if (path.includes("\ufffd"))
      throw unfit(path, "has a name that is not UTF-8", "Rename it, or let git ignore it.");
    if (stats === undefined) continue;
    if (!stats.isFile())
      throw unfit(
        path,
        stats.isSymbolicLink() ? "is a link" : "is no file",
        "Commit and push it, or let git ignore it.",
      );
    bytes += stats.size;
    if (stats.size > largest.size) largest = { path, size: stats.size };
  }
  if (bytes > MOST_TREE_BYTES) throw tooLarge(bytes, largest.path, largest.size);
  const files: TreeFile[] = [];
  const gone: string[] = [];
  for (const { path, stats } of found)
    if (stats === undefined) gone.push(path);
    else
      files.push({
        path,
        mode: (stats.mode & 0o100) === 0 ? "file" : "program",
        data: read(join(root, path)),
      });
  const changes = { files, gone };
  checkTree(changes);
  return { commit, changes };
}

/**
 * Makes a fresh working tree what its caller's is. Nothing is written through a link, be it one of the commit.
 *
 * @throws AppError `file_refused` for a path at which something else stands
 */
export function writeChanges(root: string, { files, gone }: TreeChanges): void {
  for (const path of gone) {
    if (!isFolderAbove(root, path)) continue;
    const stats = statsOf(join(root, path));
    if (stats === undefined) continue;
    if (stats.isDirectory()) throw unfit(path, "is a folder where it arrives");
    unlinkSync(join(root, path));
    removeEmptyAbove(root, path);
  }
  for (const { path, mode, data } of files) {
    makeAbove(root, path);
    const target = join(root, path);
    const stats = statsOf(target);
    if (stats?.isDirectory()) throw unfit(path, "is a folder where it arrives");
    if (stats !== undefined) unlinkSync(target);
    const file = openSync(
      target,
      O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY,
      mode === "program" ? 0o777 : 0o666,
    );
    try {
      writeFileSync(file, data);
    } finally {
      closeSync(file);
    }
  }
}

function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

function isFolderAbove(root: string, path: string): boolean {
  return foldersAbove(path).every((folder) => statsOf(join(root, folder))?.isDirectory());
}

function makeAbove(root: string, path: string): void {
  for (const folder of foldersAbove(path)) {
    const stats = statsOf(join(root, folder));
    if (stats === undefined) mkdirSync(join(root, folder));
    else if (!stats.isDirectory())
      throw unfit(path, `goes through ${JSON.stringify(folder)}, which is no folder where it arrives`);
  }
}

function removeEmptyAbove(root: string, path: string): void {
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    try {
      rmdirSync(join(root, folder));
    } catch {
      return;
    }
  }
}

function read(path: string): Buffer {
  const file = openSync(path, O_RDONLY | O_NOFOLLOW);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function unfit(
  path: string,
  what: string,
  hint = "Commit and push the changes, and ask for that commit.",
): AppError {
  return new AppError("file_refused", `The tree can't be carried: ${JSON.stringify(path)} ${what}.`, {
    hint,
  });
}
