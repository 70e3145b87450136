import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { maybe, object, type Shape, text } from "../../domain/shape.ts";
import { errnoOf, stateError } from "../errors.ts";
import { linkFile, moveIfThere } from "../files/folder.ts";
import { createFile, makeFolder, syncPath } from "../files/write.ts";
import { nextChange } from "../lines/next-change.ts";
import { asProcessIdentity, identifySelf, livenessOf, type ProcessIdentity } from "../processes/identity.ts";

/**
 * A lock as a folder of numbered generations.
 *
 * A process owns the lock if it links a filled file to the number after the highest, and its number is still
 * the highest after the link. The top generation is never removed, so a number is never given twice. A
 * release renames the `<n>.held` beside it to `<n>.free`. Locks that remove their file on release, or that
 * judge staleness by age, were seen to admit two holders.
 */
export interface GenerationOwner {
  process: ProcessIdentity;
  /** The owner's turn, for a process that has to wait or clean up. */
  turnId?: string;
  /** A message of the owner to processes that wait. */
  note?: string;
  since: string;
}

const asOwner: Shape<GenerationOwner> = object({
  process: asProcessIdentity,
  turnId: maybe(text),
  note: maybe(text),
  since: text,
});

/** Stands for an owner that this version can't read: a newer version wrote it. */
const UNREADABLE: GenerationOwner = {
  process: { pid: 0, start: "", boot: "", host: "a newer version of agent-sessions", namespace: "" },
  since: "",
};

export type GenerationState =
  | { state: "free"; generation: number }
  | { state: "held" | "abandoned" | "elsewhere"; generation: number; owner: GenerationOwner };

interface Top {
  generation: number;
  isFree: boolean;
}

export class GenerationLock {
  constructor(readonly folder: string) {}

  state(): GenerationState {
    const { generation, isFree } = this.top();
    if (generation === 0 || isFree) return { state: "free", generation };
    const owner = this.readOwner(generation);
    // Another process has pruned or freed this generation meanwhile, and the top has changed: read again.
    if (owner === "moved") return this.state();
    // The file was filled before it was linked, so only a power failure can have emptied it.
    if (owner === undefined) return { state: "free", generation };
    const liveness = owner === UNREADABLE ? "elsewhere" : livenessOf(owner.process);
    const state = liveness === "alive" ? "held" : liveness === "gone" ? "abandoned" : "elsewhere";
    return { state, generation, owner };
  }

  /**
   * Takes the lock if it is free or its owner is gone. Returns the function that releases it, or undefined. With
   * `sync`, it is durable who has it when it returns.
   */
  tryTake(
    details: { turnId?: string; note?: string; since: string },
    { sync = false }: { sync?: boolean } = {},
  ): (() => void) | undefined {
    const found = this.state();
    if (found.state === "held" || found.state === "elsewhere") return undefined;
    const mine = found.generation + 1;
    const temporary = join(this.folder, `.tmp-${randomBytes(8).toString("hex")}`);
    try {
      makeFolder(this.folder);
      createFile(temporary, JSON.stringify({ v: 1, process: identifySelf(), ...details }), { sync });
      try {
        linkFile(temporary, join(this.folder, String(mine)));
      } catch (error) {
        rmSync(temporary, { force: true });
        if (errnoOf(error) === "EEXIST") return undefined;
        throw error;
      }
      // Over NFS, a call whose reply was lost may have moved it already.
      moveIfThere(temporary, join(this.folder, `${mine}.held`));
      // A slow process can link a number that is pruned already: then a higher number exists.
      if (this.top().generation !== mine) return undefined;
      this.prune(mine);
      if (sync) syncPath(this.folder);
    } catch (error) {
      throw stateError(error, "write", this.folder);
    }
    return () => this.free(mine);
  }

  /**
   * Frees the lock of an owner that can't be seen from here. Returns that owner, or undefined when there is
   * none: the lock of an owner on this machine is never broken.
   *
   * @throws AppError `state_newer` for an owner that this version can't read, since it may well live here.
   */
  breakOpen(): GenerationOwner | undefined {
    const found = this.state();
    if (found.state !== "elsewhere") return undefined;
    if (found.owner === UNREADABLE) {
      throw new AppError("state_newer", `${this.folder} is locked by a newer version of agent-sessions.`, {
        hint: "Update agent-sessions.",
      });
    }
    this.free(found.generation);
    return found.owner;
  }

  /** Resolves when something in the folder changes, at the latest after `timeoutMs`, or when the signal is aborted. */
  changed(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return nextChange(this.folder, timeoutMs, { signal });
  }

  private free(generation: number): void {
    const free = join(this.folder, `${generation}.free`);
    // A rename needs no disk space and no inode.
    if (moveIfThere(join(this.folder, `${generation}.held`), free)) return;
    try {
      // No `.held` file: version 0.1 took the lock.
      createFile(free, "", { sync: false });
    } catch (error) {
      // Already freed, or the whole folder was removed with the conversation.
      const errno = errnoOf(error);
      if (errno !== "EEXIST" && errno !== "ENOENT") throw stateError(error, "write", this.folder);
    }
  }

  private top(): Top {
    let generation = 0;
    const freed = new Set<number>();
    for (const entry of this.entries()) {
      const match = /^(\d+)(\.free)?$/.exec(entry);
      if (match === null) continue;
      const number = Number(match[1]);
      if (match[2] !== undefined) freed.add(number);
      else generation = Math.max(generation, number);
    }
    return { generation, isFree: freed.has(generation) };
  }

  private prune(below: number): void {
    for (const entry of this.entries()) {
      const match = /^(\d+)(\.free|\.held)?$/.exec(entry);
      if (match !== null && Number(match[1]) < below) {
        try {
          unlinkSync(join(this.folder, entry));
        } catch (error) {
          if (errnoOf(error) !== "ENOENT") throw error;
        }
      }
    }
  }

  private entries(): string[] {
    try {
      return readdirSync(this.folder);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw stateError(error, "read", this.folder);
    }
  }

  private readOwner(generation: number): GenerationOwner | "moved" | undefined {
    let content: Buffer;
    try {
      content = readFileSync(join(this.folder, String(generation)));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return "moved";
      throw stateError(error, "read", this.folder);
    }
    const value = parseJson(content);
    return value === undefined ? undefined : (asOwner(value) ?? UNREADABLE);
  }
}
