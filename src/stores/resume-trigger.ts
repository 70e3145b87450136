import { join } from "node:path";
import { makeFolder, replaceFile } from "../system/atomic-file.ts";
import { errnoOf, stateError } from "../system/errno.ts";
import { listFolder, moveIfFree, moveIfThere, removeFile, stampOf } from "../system/folder.ts";
import { readPlainFile } from "../system/plain-file.ts";

const MOST_BYTES = 4096;
const TAKEN = ".session-resume.taken-";
/** A start takes milliseconds from the claim to its end: who has had it for so long was killed. */
const ABANDONED_MS = 60_000;

/** The file by which somebody says which checkpoint the next conversation in this project starts from. */
export class ResumeTrigger {
  readonly path: string;
  private readonly folder: string;

  constructor(project: string) {
    this.folder = join(project, ".claude");
    this.path = join(this.folder, ".session-resume");
  }

  set(sessionId: string): void {
    try {
      makeFolder(this.folder);
      replaceFile(this.path, `${sessionId}\n`);
    } catch (error) {
      throw stateError(error, "write", this.path);
    }
  }

  /** What it says, without white space; undefined when there is none. */
  read(): string | undefined {
    return readPlainFile(this.path, MOST_BYTES)?.replace(/\s+/g, "");
  }

  /**
   * Takes the trigger, so that nobody else gets it. Undefined when another was faster, or when it says something
   * else by now. What was taken is there until `finish`.
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

  /** Puts a trigger back whose taker was killed before it could use it. */
  recover(nowMs: number): void {
    for (const name of this.taken()) {
      const path = join(this.folder, name);
      // A rename leaves the time of the last write as it was; this one it moves.
      const sinceMs = stampOf(path)?.changedMs;
      if (sinceMs !== undefined && nowMs - sinceMs > ABANDONED_MS) this.giveBack(path);
    }
  }

  /** A newer trigger that came in the meantime stays. */
  private giveBack(taken: string): void {
    moveIfFree(taken, this.path);
  }

  private taken(): string[] {
    try {
      return listFolder(this.folder).filter((name) => name.startsWith(TAKEN));
    } catch (error) {
      if (errnoOf(error) === "ENOTDIR") return [];
      throw error;
    }
  }
}
