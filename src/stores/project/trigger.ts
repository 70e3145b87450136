import { dirname, join } from "node:path";
import { errnoOf, stateError } from "../../system/errors.ts";
import { listFolder, moveIfFree, moveIfThere, removeFile, stampOf } from "../../system/files/folder.ts";
import { folderAt, readPlainFile } from "../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../system/files/write.ts";
import { type Project, refuseForeignLink } from "./folder.ts";

const MOST_BYTES = 4096;
const TAKEN = ".session-resume.taken-";
/**
 * A start takes milliseconds from the claim to its end: a process that has held a claim this long was killed.
 */
const ABANDONED_MS = 60_000;

/** The file that says which checkpoint the next conversation in this project starts from. */
export class ResumeTrigger {
  readonly path: string;
  private readonly folder: string;
  private readonly notePath: string;

  constructor(private readonly project: Project) {
    this.folder = join(project.folder, ".claude");
    this.path = join(this.folder, ".session-resume");
    this.notePath = join(this.folder, "sessions", ".resume-note");
  }

  set(sessionId: string): void {
    refuseForeignLink(this.project);
    try {
      makeFolder(this.folder);
      replaceFile(this.path, `${sessionId}\n`);
      this.note();
    } catch (error) {
      throw stateError(error, "write", this.path);
    }
  }

  /** Records the stamp of the trigger that we have set. */
  private note(): void {
    const stamp = stampOf(this.path)?.stamp;
    if (stamp === undefined || folderAt(dirname(this.notePath)) !== "folder") return;
    replaceFile(this.notePath, stamp, { sync: false });
  }

  /** Whether this very file was set here: a repository can't contain an inode and a change time. */
  isOurs(): boolean {
    if (folderAt(dirname(this.notePath)) !== "folder") return false;
    const stamp = stampOf(this.path)?.stamp;
    return stamp !== undefined && readPlainFile(this.notePath, MOST_BYTES) === stamp;
  }

  /** Returns the content without white space; undefined when there is no trigger. */
  read(): string | undefined {
    return readPlainFile(this.path, MOST_BYTES)?.replace(/\s+/g, "");
  }

  /**
   * Takes the trigger, so that no other process gets it. Undefined when another process was faster, or when
   * the trigger says something else by now. The taken file is there until `finish` or `putAside`.
   */
  claim(expected: string, by: string): { finish(): void; putAside(): string } | undefined {
    const taken = join(this.folder, `${TAKEN}${by}`);
    if (!moveIfThere(this.path, taken)) return undefined;
    const said = readPlainFile(taken, MOST_BYTES)?.replace(/\s+/g, "");
    if (said !== expected) {
      this.giveBack(taken);
      return undefined;
    }
    return {
      finish: () => removeFile(taken),
      putAside: () => {
        const aside = `${this.path}.unused`;
        moveIfThere(taken, aside);
        return aside;
      },
    };
  }

  /** Puts back a trigger whose taker was killed before it could use it. */
  recover(nowMs: number): void {
    for (const name of this.taken()) {
      const path = join(this.folder, name);
      // A rename changes this time, but not the time of the last write.
      const sinceMs = stampOf(path)?.changedMs;
      if (sinceMs !== undefined && nowMs - sinceMs > ABANDONED_MS) this.giveBack(path);
    }
  }

  /** Puts a trigger back. A newer trigger that was set meanwhile stays. */
  private giveBack(taken: string): void {
    moveIfFree(taken, this.path);
  }

  private taken(): string[] {
    try {
      return listFolder(this.folder).filter((name) => name.startsWith(TAKEN));
    } catch (error) {
      if (error instanceof Error && errnoOf(error.cause) === "ENOTDIR") return [];
      throw error;
    }
  }
}
