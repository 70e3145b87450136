import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { MappingShape } from "../../../domain/agent/agent.ts";
import type { NameEntry } from "../../../domain/names/name.ts";
import { errnoOf } from "../../../system/errors.ts";
import {
  isOwnFile,
  listFolder,
  moveIfThere,
  removeFile,
  removeIfEmpty,
  stampOf,
} from "../../../system/files/folder.ts";
import { readFileIfAny } from "../../../system/files/read.ts";
import { DISTRUST, whyDistrusted } from "../../../system/files/trust.ts";
import { makeFolder, replaceFile } from "../../../system/files/write.ts";
import { formatMapping, type Mapping, parseMapping } from "./mapping-format.ts";

/** What is at the path of the mapping file. Only bytes that were read and can't be parsed are `corrupt`. */
export type ViewContent =
  | { kind: "ok"; mapping: Mapping; bytes: Buffer }
  | { kind: "absent" }
  | { kind: "corrupt" }
  | { kind: "unreadable"; reason: string };

export interface MappingViewOptions {
  path: string;
  /** The workspace to write into a file that names none. */
  workspace: string;
  shape: MappingShape;
  /**
   * Folders on the path to the file that must be ours, outermost first. In a shared temporary folder, any
   * user could create them first and write anything into them.
   */
  guarded: readonly string[];
  uid: number;
}

/** One mapping file: the original scripts' view of our names. */
export class MappingView {
  readonly path: string;

  constructor(private readonly options: MappingViewOptions) {
    this.path = options.path;
  }

  /** Returns a stamp that changes whenever the file does: it shows whether the content must be read. */
  stamp(): { stamp: string; changedMs: number } {
    try {
      return stampOf(this.path) ?? { stamp: "absent", changedMs: 0 };
    } catch (error) {
      return { stamp: `unreadable:${errnoOf(error)}`, changedMs: 0 };
    }
  }

  read(): ViewContent {
    try {
      const distrust = this.distrust();
      if (distrust !== undefined) return { kind: "unreadable", reason: distrust };
      // A file that the user chose by its path may be shared on purpose.
      if (this.options.guarded.length > 0 && !isOwnFile(this.path, this.options.uid))
        return { kind: "unreadable", reason: "it is writable by other users" };
      const bytes = readFileIfAny(this.path);
      if (bytes === undefined) return { kind: "absent" };
      const mapping = parseMapping(bytes, this.options.shape);
      return mapping === undefined ? { kind: "corrupt" } : { kind: "ok", mapping, bytes };
    } catch (error) {
      return { kind: "unreadable", reason: errnoOf(error) ?? String(error) };
    }
  }

  /**
   * Replaces the file, and keeps what other tools put beside our names in `read`. As in the original scripts,
   * a new name sets the file's workspace, and nothing else does. Returns false, and writes nothing, when the
   * file no longer holds what was read from it.
   */
  write(entries: ReadonlyMap<string, NameEntry>, read: ViewContent, hasNewName: boolean): boolean {
    makeFolder(dirname(this.path));
    const distrust = this.distrust();
    if (distrust !== undefined) throw new Error(distrust);
    const previous = read.kind === "ok" ? read.mapping : undefined;
    const mapping: Mapping = {
      workspace: (hasNewName ? "" : previous?.workspace) || this.options.workspace,
      isModern: true,
      entries: new Map(entries),
      strangers: previous?.strangers ?? {},
      rest: previous?.rest ?? {},
    };
    // Compares the bytes: inodes are reused, and file times may stay the same for milliseconds.
    const isStill = () => {
      const now = readFileIfAny(this.path);
      return read.kind === "ok" ? now?.equals(read.bytes) === true : now === undefined;
    };
    return replaceFile(this.path, formatMapping(mapping, this.options.shape), { isStill });
  }

  /** Deletes the file, and its folder if that is empty then. Returns whether the folder was deleted. */
  remove(): boolean {
    removeFile(this.path);
    return removeIfEmpty(dirname(this.path));
  }

  /** Moves a corrupt file aside, under a name that overwrites no earlier one. */
  setAside(): void {
    const taken = new Set(this.asideNames());
    const base = `${basename(this.path)}.bad.${process.pid}`;
    let name = base;
    for (let n = 2; taken.has(name); n += 1) name = `${base}.${n}`;
    moveIfThere(this.path, join(dirname(this.path), name));
  }

  /** Returns the names of the corrupt copies beside the file. */
  asideNames(): string[] {
    const prefix = `${basename(this.path)}.bad.`;
    try {
      return listFolder(dirname(this.path)).filter((name) => name.startsWith(prefix));
    } catch {
      return [];
    }
  }

  private distrust(): string | undefined {
    const { guarded, uid } = this.options;
    for (const folder of guarded) {
      const why = whyDistrusted(folder, uid);
      if (why !== undefined) return `${folder} ${DISTRUST[why]}`;
    }
    return undefined;
  }
}

/** Returns the folder name of a workspace's mapping files, as the original scripts form it. */
export function viewFolderName(workspace: string): string {
  const base = basename(workspace)
    .replace(/[^A-Za-z0-9._-]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  return `${base === "" ? "workspace" : base}-${createHash("md5").update(workspace).digest("hex")}`;
}
