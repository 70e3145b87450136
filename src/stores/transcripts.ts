import { createHash } from "node:crypto";
import { isAbsolute, join, normalize } from "node:path";
import { AppError } from "../domain/errors.ts";
import type { SessionKey } from "../domain/session/session.ts";
import {
  type LocalPlace,
  type Piece,
  type PieceHead,
  TRANSCRIPT,
  type TranscriptStore,
} from "../domain/session/transcript-store.ts";
import { stateError } from "../system/errors.ts";
import { extendFile } from "../system/files/extend.ts";
import { removeFile } from "../system/files/folder.ts";
import { fileState, filesBelow } from "../system/files/keep.ts";
import { firstLink } from "../system/files/links.ts";
import { readBytes, withFile } from "../system/files/read.ts";

/** A file is sent and fetched in parts of this size. */
const PIECE_BYTES = 1024 * 1024;
const SIDE = "side/";
/** Where a file is gone since a generation, its only piece is at this place. */
const GONE = -1;

/** Where pieces are kept. */
export interface PieceShelf {
  /** The pieces of the newest generation of each file, in order. */
  heads(key: SessionKey): Promise<PieceHead[]>;
  /** Yields the content of some pieces of one file, in order. */
  contents(key: SessionKey, heads: readonly PieceHead[]): AsyncIterable<Buffer>;
  append(key: SessionKey, pieces: readonly Piece[]): Promise<void>;
  purge(key: SessionKey): Promise<void>;
}

/** The transcripts of whatever keeps pieces: compares them with the files of this machine. */
export class Transcripts implements TranscriptStore {
  constructor(private readonly shelf: PieceShelf) {}

  async bring(
    key: SessionKey,
    place: LocalPlace,
  ): Promise<{ path: string; bytes: number; fetchedBytes: number }> {
    const recorded = byFile(await this.shelf.heads(key));
    let fetchedBytes = 0;
    for (const path of place.others?.() ?? []) if (path !== place.transcript) remove(path);
    for (const file of new Set([...recorded.keys(), TRANSCRIPT, ...sideFilesIn(place)])) {
      const path = pathOf(file, place);
      if (path === undefined) continue;
      if (file !== TRANSCRIPT) refuseLinks(place.sideFolder ?? "", path);
      const heads = recorded.get(file) ?? [];
      if (isGone(heads)) remove(path);
      else fetchedBytes += await this.bringFile(key, path, heads);
    }
    const bytes = endOf(recorded.get(TRANSCRIPT) ?? []);
    return { path: place.transcript, bytes, fetchedBytes };
  }

  async growth(key: SessionKey, place: LocalPlace): Promise<Piece[]> {
    const recorded = byFile(await this.shelf.heads(key));
    if (!isGone(recorded.get(TRANSCRIPT) ?? []) && fileState(place.transcript) === undefined)
      throw new AppError("conversation_changed", `The transcript ${place.transcript} is gone.`, {
        hint: "The next turn continues from what was recorded before.",
        facts: { transcript: place.transcript },
      });
    const pieces: Piece[] = [];
    for (const file of new Set([TRANSCRIPT, ...recorded.keys(), ...sideFilesIn(place)])) {
      const path = pathOf(file, place);
      if (path !== undefined) pieces.push(...growthOf(file, path, recorded.get(file) ?? []));
    }
    return pieces;
  }

  async append(key: SessionKey, pieces: readonly Piece[]): Promise<void> {
    if (pieces.length > 0) await this.shelf.append(key, pieces);
  }

  purge(key: SessionKey): Promise<void> {
    return this.shelf.purge(key);
  }

  /** Returns how many bytes were fetched. */
  private async bringFile(key: SessionKey, path: string, heads: readonly PieceHead[]): Promise<number> {
    const kept = heads.slice(0, samePieces(path, heads));
    const [keptBytes, bytes] = [endOf(kept), endOf(heads)];
    if (keptBytes === bytes && fileState(path)?.bytes === bytes) return 0;
    try {
      await extendFile(path, keptBytes, this.shelf.contents(key, heads.slice(kept.length)));
    } catch (error) {
      throw stateError(error, "write", path);
    }
    return bytes - keptBytes;
  }
}

/** Checks that pieces continue what was recorded. @throws AppError `conversation_changed` */
export function checkContinues(heads: readonly PieceHead[], pieces: readonly PieceHead[]): void {
  const recorded = byFile(heads);
  for (const piece of pieces) {
    const before = recorded.get(piece.path) ?? [];
    const generation = before.at(-1)?.generation ?? 0;
    const isNew = piece.generation === generation + 1 && piece.at <= 0;
    const isNext = piece.generation === generation && piece.at > 0 && piece.at === endOf(before);
    if (!isNew && !isNext)
      throw new AppError("conversation_changed", `Something else was recorded of ${piece.path} meanwhile.`, {
        hint: "The next turn continues from that.",
      });
    recorded.set(piece.path, isNew ? [piece] : [...before, piece]);
  }
}

function growthOf(path: string, file: string, recorded: readonly PieceHead[]): Piece[] {
  const generation = recorded.at(-1)?.generation ?? 0;
  if (fileState(file) === undefined) {
    if (isGone(recorded)) return [];
    const empty = Buffer.alloc(0);
    return [{ path, generation: generation + 1, at: GONE, bytes: 0, uptoSha: digest(empty), data: empty }];
  }
  const [at, isSame] = [endOf(recorded), samePieces(file, recorded) === recorded.length];
  // What was empty has a piece already at its beginning.
  if (isSame && at === 0 && !isGone(recorded) && fileState(file)?.bytes === 0) return [];
  return cut(path, file, isSame && at > 0 ? { generation, at } : { generation: generation + 1, at: 0 });
}

/** Cuts what a file has from `at` on into pieces; at least one if the generation is new. */
function cut(path: string, file: string, { generation, at }: { generation: number; at: number }): Piece[] {
  const pieces: Piece[] = [];
  reading(file, (descriptor) => {
    const hash = createHash("sha256");
    hashOn(descriptor, hash, 0, at);
    for (let from = at; ; ) {
      const data = readBytes(descriptor, from, PIECE_BYTES);
      if (data.length === 0 && (pieces.length > 0 || at > 0)) return;
      hash.update(data);
      pieces.push({
        path,
        generation,
        at: from,
        bytes: data.length,
        uptoSha: hash.copy().digest(),
        data,
      });
      if (data.length === 0) return;
      from += data.length;
    }
  });
  return pieces;
}

/** Returns with how many of the pieces a file begins. */
function samePieces(file: string, heads: readonly PieceHead[]): number {
  let same = 0;
  reading(file, (descriptor) => {
    const hash = createHash("sha256");
    for (const { at, bytes, uptoSha } of heads) {
      if (!hashOn(descriptor, hash, at, bytes) || !hash.copy().digest().equals(uptoSha)) return;
      same += 1;
    }
  });
  return same;
}

/** Returns whether the file has so many bytes. */
function hashOn(
  descriptor: number,
  hash: ReturnType<typeof createHash>,
  from: number,
  bytes: number,
): boolean {
  for (let at = from; at < from + bytes; ) {
    const part = readBytes(descriptor, at, Math.min(PIECE_BYTES, from + bytes - at));
    if (part.length === 0) return false;
    hash.update(part);
    at += part.length;
  }
  return true;
}

function reading(path: string, read: (descriptor: number) => void): void {
  try {
    withFile(path, read);
  } catch (error) {
    throw stateError(error, "read", path);
  }
}

/** An agent may have planted a link: nothing is written through it. */
function refuseLinks(root: string, path: string): void {
  const link = firstLink(root, path);
  if (link !== undefined)
    throw stateError(Object.assign(new Error("a symbolic link"), { code: "ELOOP" }), "write", link);
}

function remove(path: string): void {
  try {
    removeFile(path);
  } catch (error) {
    throw stateError(error, "write", path);
  }
}

function byFile(heads: readonly PieceHead[]): Map<string, PieceHead[]> {
  const files = new Map<string, PieceHead[]>();
  for (const head of heads) files.set(head.path, [...(files.get(head.path) ?? []), head]);
  return files;
}

function isGone(heads: readonly PieceHead[]): boolean {
  return heads.length === 0 || heads[0]?.at === GONE;
}

function endOf(heads: readonly PieceHead[]): number {
  const last = heads.at(-1);
  return last === undefined || last.at === GONE ? 0 : last.at + last.bytes;
}

function sideFilesIn({ sideFolder }: LocalPlace): string[] {
  return sideFolder === undefined || firstLink(sideFolder, sideFolder) !== undefined
    ? []
    : filesBelow(sideFolder).map((file) => `${SIDE}${file}`);
}

/**
 * Returns where a file of a conversation is here; undefined for one that this machine has no place for. What is recorded was
 * written by other machines: it leads out of the side folder nowhere.
 */
function pathOf(file: string, { transcript, sideFolder }: LocalPlace): string | undefined {
  if (file === TRANSCRIPT) return transcript;
  const relative = file.slice(SIDE.length);
  const isInside =
    file.startsWith(SIDE) &&
    relative !== "" &&
    !relative.includes("\0") &&
    !isAbsolute(relative) &&
    normalize(relative) === relative &&
    relative !== "." &&
    relative.split("/")[0] !== "..";
  return isInside && sideFolder !== undefined ? join(sideFolder, relative) : undefined;
}

function digest(data: Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}
