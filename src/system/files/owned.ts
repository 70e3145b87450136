import { constants, fstatSync, lstatSync, type Stats, statSync } from "node:fs";
import { errnoOf } from "../errors.ts";
import { modeOf, realPathOf } from "./links.ts";
import { readBytes, withFile } from "./read.ts";
import { replaceFile } from "./write.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const ROOT_UID = 0;

/** The text of a file, or why it is not read: the rest of a sentence about it. */
export type OwnedFile = { text: string } | { refused: string };

interface Wanted {
  uid: number;
  mostBytes: number;
  /** Whether a symbolic link is followed. */
  mayBeLink: boolean;
  /** Whether a byte order mark at the beginning is part of the text. Default: false. */
  keepsMark?: true;
}

/**
 * Reads a small text file that belongs to this user or to root, and that not everybody may write. Undefined when
 * there is none, which costs one stat.
 */
export function readOwned(path: string, wanted: Wanted): OwnedFile | undefined {
  const { mayBeLink } = wanted;
  const stat = mayBeLink ? statSync : lstatSync;
  try {
    if (stat(path, { throwIfNoEntry: false }) === undefined) return undefined;
    // Opening a pipe must not block this process.
    const flags = O_RDONLY | O_NONBLOCK | (mayBeLink ? 0 : O_NOFOLLOW);
    return withFile(path, (descriptor) => readTrusted(descriptor, wanted), flags);
  } catch (error) {
    const errno = errnoOf(error);
    // Of a HOME that is a file, such as /dev/null, too: nothing can be below it.
    if (errno === "ENOTDIR") return undefined;
    return { refused: errno === "ELOOP" ? "is a symbolic link" : `can't be read (${errno})` };
  }
}

/**
 * Replaces the text of such a file, atomically; its mode stays, and where a link may be and leads to another folder, the
 * link. Returns false, having written nothing, if the file has not the text `before` any more; an absent file has none.
 */
export function replaceOwned(path: string, text: string, before: string, wanted: Wanted): boolean {
  const real = wanted.mayBeLink ? realPathOf(path) : path;
  const isStill = () => {
    const now = readOwned(real, wanted);
    return now === undefined ? before === "" : "text" in now && now.text === before;
  };
  return replaceFile(real, text, { isStill, mode: modeOf(real) });
}

function readTrusted(descriptor: number, { uid, mostBytes, keepsMark }: Wanted): OwnedFile {
  const found = fstatSync(descriptor);
  const refused = whyRefused(found, uid, mostBytes);
  if (refused !== undefined) return { refused };
  const bytes = readBytes(descriptor, 0, found.size);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) return { refused: "is not UTF-8" };
  return { text: keepsMark ? text : text.replace(/^\ufeff/, "") };
}

function whyRefused(found: Stats, uid: number, mostBytes: number): string | undefined {
  if (!found.isFile()) return "is not a regular file";
  if (found.uid !== uid && found.uid !== ROOT_UID) return "belongs to another user";
  if ((found.mode & 0o002) !== 0) return "is writable by all users";
  return found.size > mostBytes ? `is larger than ${mostBytes} bytes` : undefined;
}
