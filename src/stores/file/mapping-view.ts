import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { MappingShape } from "../../domain/agent.ts";
import type { NameEntry } from "../../domain/name.ts";
import { makeFolder, readFileIfAny, replaceFile } from "../../system/atomic-file.ts";
import { errnoOf } from "../../system/errno.ts";
import { listFolder, moveIfThere, stampOf } from "../../system/folder.ts";
import { formatMapping, type Mapping, parseMapping } from "./mapping-format.ts";

/** What is where the mapping file should be. Only bytes that were read and make no sense are corrupt. */
export type ViewContent =
  | { kind: "ok"; mapping: Mapping }
  | { kind: "absent" }
  | { kind: "corrupt" }
  | { kind: "unreadable"; errno: string };

/** The mapping file of one workspace in one temporary folder: how the original scripts see our names. */
export class MappingView {
  readonly path: string;

  constructor(
    viewRoot: string,
    readonly workspace: string,
    private readonly shape: MappingShape,
  ) {
    this.path = join(viewRoot, viewFolderName(workspace), shape.fileName);
  }

  /** Changes whenever the file does: compare it to know whether the content has to be read. */
  stamp(): { stamp: string; changedMs: number } {
    try {
      return stampOf(this.path) ?? { stamp: "absent", changedMs: 0 };
    } catch (error) {
      return { stamp: `unreadable:${errnoOf(error)}`, changedMs: 0 };
    }
  }

  read(): ViewContent {
    try {
      const bytes = readFileIfAny(this.path);
      if (bytes === undefined) return { kind: "absent" };
      const mapping = parseMapping(bytes, this.shape);
      return mapping === undefined ? { kind: "corrupt" } : { kind: "ok", mapping };
    } catch (error) {
      return { kind: "unreadable", errno: errnoOf(error) ?? String(error) };
    }
  }

  /** Replaces the file, keeping what other tools put beside our names in `previous`. */
  write(entries: ReadonlyMap<string, NameEntry>, previous: Mapping | undefined): void {
    makeFolder(dirname(this.path));
    const mapping: Mapping = {
      workspace: this.workspace,
      entries: new Map(entries),
      strangers: previous?.strangers ?? {},
      rest: previous?.rest ?? {},
    };
    replaceFile(this.path, formatMapping(mapping, this.shape));
  }

  /** Moves a corrupt file out of the way, under a name that overwrites no earlier one. */
  setAside(): void {
    const suffix = `bad.${process.pid}`;
    const taken = new Set(this.siblings());
    let name = `${basename(this.path)}.${suffix}`;
    for (let n = 2; taken.has(name); n += 1) name = `${basename(this.path)}.${suffix}.${n}`;
    moveIfThere(this.path, join(dirname(this.path), name));
  }

  /** Whether a corrupt copy was set aside after `sinceMs`. */
  wasSetAsideSince(sinceMs: number): boolean {
    const prefix = `${basename(this.path)}.bad.`;
    return this.siblings().some((sibling) => {
      if (!sibling.startsWith(prefix)) return false;
      // A rename keeps the time of the content but sets the time of the change.
      const found = stampOf(join(dirname(this.path), sibling));
      return found !== undefined && found.changedMs >= sinceMs;
    });
  }

  private siblings(): string[] {
    try {
      return listFolder(dirname(this.path));
    } catch {
      return [];
    }
  }
}

/** The folder of a workspace's mapping files, named as the original scripts name it. */
export function viewFolderName(workspace: string): string {
  const base = basename(workspace)
    .replace(/[^A-Za-z0-9._-]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  return `${base === "" ? "workspace" : base}-${createHash("md5").update(workspace).digest("hex")}`;
}
