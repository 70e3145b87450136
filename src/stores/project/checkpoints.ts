import { join } from "node:path";
import type { Checkpoint } from "../../domain/checkpoint/checkpoint.ts";
import { isCheckpointId } from "../../domain/checkpoint/choose.ts";
import { formatCheckpoint, parseCheckpoint } from "../../domain/checkpoint/format.ts";
import { AppError } from "../../domain/errors.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { listFolder, removeFile, stampOf } from "../../system/files/folder.ts";
import { keepCopy } from "../../system/files/keep.ts";
import { folderAt, readPlainFile } from "../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../system/files/write.ts";
import { GenerationLock } from "../../system/locks/generation-lock.ts";
import { withLockSync } from "../../system/locks/with-lock.ts";
import { type Project, refuseForeignLink } from "./folder.ts";

const MOST_BYTES = 1024 * 1024;
const TRIES = 20;

/** The checkpoints of a project: one JSON file for each conversation, at the paths of the original plugin. */
export class Checkpoints {
  readonly folder: string;

  constructor(private readonly project: Project) {
    this.folder = join(project.folder, ".claude", "sessions");
  }

  /** @throws AppError `state_unreadable` for a file that is no checkpoint of this id. */
  read(sessionId: string): Checkpoint | undefined {
    const path = this.pathOf(sessionId);
    if (folderAt(this.folder) !== "folder") return undefined;
    const content = readPlainFile(path, MOST_BYTES);
    if (content === undefined) return undefined;
    const checkpoint = parseCheckpoint(content);
    if (checkpoint?.sessionId === sessionId) return checkpoint;
    throw new AppError(
      "state_unreadable",
      `${path} contains no checkpoint of ${sessionId}; the file was not changed.`,
      {
        hint: "Look at the file, and move it away if you do not need it.",
      },
    );
  }

  /** Returns all checkpoints that can be read, in no order, and what is wrong with the others. */
  list(): { checkpoints: Checkpoint[]; problems: string[] } {
    const checkpoints: Checkpoint[] = [];
    const problems: string[] = [];
    if (folderAt(this.folder) === "folder") {
      for (const name of listFolder(this.folder)) {
        const id = name.slice(0, -".json".length);
        if (!name.endsWith(".json") || name.startsWith(".")) continue;
        try {
          const found = isCheckpointId(id) ? this.read(id) : undefined;
          if (found !== undefined) checkpoints.push(found);
          else problems.push(`${join(this.folder, name)} is not named after a session id.`);
        } catch (error) {
          problems.push(error instanceof Error ? error.message : String(error));
        }
      }
    }
    return { checkpoints, problems };
  }

  /**
   * Replaces a checkpoint by the result of `change`, durably; writes nothing if that is undefined. All
   * writers wait for each other, except earlier versions of this program: if one of them was faster, `change`
   * runs again.
   */
  update(
    sessionId: string,
    change: (before: Checkpoint | undefined) => Checkpoint | undefined,
  ): Checkpoint | undefined {
    const path = this.pathOf(sessionId);
    // A project that is only read stays unchanged.
    if (folderAt(this.folder) === "absent" && change(undefined) === undefined) return undefined;
    return this.locked(() => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const stamp = stampOf(path)?.stamp;
        const after = change(this.read(sessionId));
        if (after === undefined) return undefined;
        const isStill = () => stampOf(path)?.stamp === stamp;
        if (this.write(path, formatCheckpoint(after), isStill)) return after;
      }
      throw new AppError("state_unwritable", `${path} was changed by other processes again and again.`);
    });
  }

  /** Keeps a hard link to a transcript beside the checkpoint; on another file system a copy, if `mayCopy`. */
  keepTranscript(sessionId: string, path: string, { mayCopy }: { mayCopy: boolean }): void {
    this.prepare();
    keepCopy(path, this.transcriptPath(sessionId), { mayCopy });
  }

  /** Returns the path of the link to the transcript. */
  transcriptPath(sessionId: string): string {
    return join(this.folder, `${sessionId}.jsonl`);
  }

  pathOf(sessionId: string): string {
    if (!isCheckpointId(sessionId))
      throw new AppError("usage", `${JSON.stringify(sessionId)} is not a session id.`);
    return join(this.folder, `${sessionId}.json`);
  }

  /**
   * Deletes a checkpoint and its transcript, unless `mayGo` refuses the current checkpoint. Returns whether
   * it is gone.
   */
  remove(sessionId: string, mayGo: (checkpoint: Checkpoint) => boolean = () => true): boolean {
    const path = this.pathOf(sessionId);
    if (folderAt(this.folder) !== "folder") return true;
    return this.locked(() => {
      const found = this.read(sessionId);
      if (found !== undefined && !mayGo(found)) return false;
      removeFile(path);
      removeFile(this.transcriptPath(sessionId));
      return true;
    });
  }

  private locked<T>(work: () => T): T {
    this.prepare();
    const folder = join(this.folder, ".lock");
    refuseLink(folder);
    const lock = new GenerationLock(folder);
    try {
      return withLockSync(lock, new Date().toISOString(), work, () => this.stuck(lock));
    } catch (error) {
      if (!canNotLock(error)) throw error;
      return work();
    }
  }

  private stuck(lock: GenerationLock): AppError {
    const found = lock.state();
    const who = found.state === "free" ? "many processes" : `process ${found.owner.process.pid}`;
    return new AppError("busy", `The checkpoints in ${this.folder} were locked by ${who} for 5 seconds.`, {
      hint: "If that process is stopped, continue or end it, then try again.",
    });
  }

  private prepare(): void {
    refuseForeignLink(this.project);
    refuseLink(this.folder);
    // Prompts and answers are private: `.gitignore` keeps them out of commits.
    const ignore = join(this.folder, ".gitignore");
    try {
      makeFolder(this.folder);
      if (folderAt(ignore) === "absent") replaceFile(ignore, "*\n", { sync: false });
    } catch (error) {
      throw stateError(error, "write", this.folder);
    }
  }

  private write(path: string, content: string, isStill: () => boolean): boolean {
    try {
      return replaceFile(path, content, { isStill });
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }
}

/**
 * Whether no lock is possible: the file system has no hard links, or there is no /proc. A hook then saves
 * without a lock.
 */
function canNotLock(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const { path } = error.facts;
  if (typeof path === "string" && path.startsWith("/proc/")) return true;
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errnoOf(error.cause) ?? "");
}

function refuseLink(folder: string): void {
  if (folderAt(folder) !== "other") return;
  throw new AppError("state_unwritable", `${folder} is not a folder; nothing is written through a link.`);
}
