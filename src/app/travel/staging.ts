import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { list, maybe, object, type Read, sessionId, text } from "../../domain/shape.ts";
import { StoredSession } from "../../stores/file/sessions/stored.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { linkFile, listFolders, modifiedMs, removeFile, removeIfEmpty } from "../../system/files/folder.ts";
import { fileState } from "../../system/files/keep.ts";
import { isThere } from "../../system/files/links.ts";
import { copyNew } from "../../system/files/new-file.ts";
import { readJson } from "../../system/files/read.ts";
import { removeTree } from "../../system/files/tree.ts";
import { makeFolder, replaceFile, syncPath } from "../../system/files/write.ts";
import { readParts } from "../../system/lines/parts.ts";
import { asProcessIdentity, livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { NamesOfSessions } from "../names/tables.ts";

const INTENT = "intent.json";
/** Within this time an import has said whose it is. */
const MOMENT_MS = 60_000;
const PART_BYTES = 256 * 1024;

/** A file that an import puts where its agent looks for it. */
const asPlaced = object({
  staged: text,
  path: text,
  /** Of a copy, where the file system has no hard links or is another one. */
  inode: maybe(text),
});
const asOwner = object({ process: asProcessIdentity });
const asIntent = object({
  process: asProcessIdentity,
  agent: text,
  workspace: text,
  sessionIds: list(sessionId),
  files: list(asPlaced),
  /** Folders that are not there yet, the outermost first. */
  folders: list(text),
});
type Intent = Read<typeof asIntent>;
export type Placed = Read<typeof asPlaced>;

/**
 * The folder of one import. It says what the import is about to change before anything changes, so that whoever finds it
 * after the import was killed can undo that.
 */
export class Staging {
  private intent: Intent | undefined;

  private constructor(
    private readonly context: Context,
    readonly folder: string,
  ) {}

  static open(context: Context): Staging {
    const intent = { process: context.self() };
    const folder = join(context.home.importsFolder, context.newUuid());
    try {
      makeFolder(folder);
      replaceFile(join(folder, INTENT), JSON.stringify(intent));
    } catch (error) {
      throw stateError(error, "write", folder);
    }
    return new Staging(context, folder);
  }

  /** Puts files where they belong, durably. None may be there yet. @throws AppError `conversation_exists` */
  place(what: Pick<Intent, "agent" | "workspace" | "sessionIds" | "files">): void {
    const folders = new Set(what.files.flatMap(({ path }) => missingAbove(path)));
    this.intent = { process: this.context.self(), ...what, folders: [...folders] };
    try {
      this.note(this.intent);
    } catch (error) {
      throw stateError(error, "write", this.folder);
    }
    for (const file of what.files) {
      try {
        makeFolder(dirname(file.path));
        if (placeNew(file) === "copied") this.note(this.intent);
        syncPath(dirname(file.path));
      } catch (error) {
        if (errnoOf(error) !== "EEXIST") throw stateError(error, "write", file.path);
        throw new AppError(
          "conversation_exists",
          `There is a file already: ${file.path}. Nothing was changed.`,
        );
      }
    }
  }

  private note(intent: Intent): void {
    replaceFile(join(this.folder, INTENT), JSON.stringify(intent));
  }

  /** From now on, what it has changed stays. */
  keep(): void {
    this.intent = undefined;
  }

  /** Ends the import; takes back what it has changed and was not to keep. */
  async close(): Promise<void> {
    if (this.intent !== undefined) await undo(this.context, this.intent);
    removeTree(this.folder);
  }
}

/** Takes back what imports have begun whose processes are gone. */
export async function undoAbandoned(context: Context): Promise<void> {
  for (const name of listFolders(context.home.importsFolder)) {
    const folder = join(context.home.importsFolder, name);
    const found = readJson(join(folder, INTENT))?.value;
    const owner = asOwner(found);
    const isBeginning = context.now().getTime() - (modifiedMs(folder) ?? 0) < MOMENT_MS;
    if (owner === undefined ? isBeginning : livenessOf(owner.process) !== "gone") continue;
    const intent = asIntent(found);
    if (intent !== undefined && !(await isDone(context, intent))) await undo(context, intent);
    removeTree(folder);
  }
}

/** Whether a name points at one of the conversations: the import was killed when all was done, or somebody has adopted one. */
async function isDone(context: Context, { agent, workspace, sessionIds }: Intent): Promise<boolean> {
  const names = await NamesOfSessions.of(context, workspace);
  return sessionIds.some((id) => names.of({ agent, sessionId: id }).length > 0);
}

async function undo(context: Context, { agent, sessionIds, files, folders }: Intent): Promise<void> {
  // If one of them is not ours, another import was faster, and what is recorded is what that one has recorded.
  const isOurs = files.every(isSame);
  for (const file of files) if (isSame(file)) removeFile(file.path);
  for (const folder of [...folders].reverse()) removeIfEmpty(folder);
  if (!isOurs) return;
  for (const id of sessionIds) {
    const key = { agent, sessionId: id };
    const held = await context.store.session(key).lock.tryTake("");
    if (held === undefined) continue;
    try {
      StoredSession.of(context.home, key).remove();
    } finally {
      await held.release();
    }
  }
}

/** Whether a file is still the one that was put there. */
function isSame({ staged, path, inode }: Placed): boolean {
  const ours = inode ?? fileState(staged)?.inode;
  return ours !== undefined && fileState(path)?.inode === ours;
}

/** Returns the sum of the first bytes of a file. */
export function digestOf(path: string, bytes: number): string {
  const sum = createHash("sha256");
  for (const part of readParts(path, bytes, PART_BYTES)) sum.update(part);
  return sum.digest("hex");
}

function placeNew(file: Placed): "linked" | "copied" {
  const { staged, path } = file;
  try {
    linkFile(staged, path);
    return "linked";
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== "EXDEV" && errno !== "EPERM" && errno !== "EMLINK") throw error;
  }
  copyNew(staged, path);
  const { inode } = fileState(path) ?? {};
  if (inode !== undefined) file.inode = inode;
  return "copied";
}

/** Returns the folders above a path that are not there, the outermost first. */
function missingAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path || isThere(folder) ? [] : [...missingAbove(folder), folder];
}
