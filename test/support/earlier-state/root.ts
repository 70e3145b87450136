import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Every folder that a state is made in or unpacked to has a path of this length: how long files are is part of what
 * is remembered about them, and the path is in most.
 */
const LENGTH = 40;

/** What stands for the path of that folder in a packed state. */
export const ROOT = "@ROOT".padEnd(LENGTH, "@");
/** The same as Claude Code puts it into the names of its folders. */
export const ENCODED_ROOT = "@CLAUDE".padEnd(LENGTH, "@");
/** What stands for the folder whose node_modules hold the agents. */
export const AGENTS = "@AGENTS@";
/** What stands for the name of the machine. */
export const HOST = "@HOST@";

/** What is in the archive beside the files. */
export interface Manifest {
  /** Names that are made of paths, as they are in the archive and how they are made; later ones may hold earlier ones. */
  digests: { algorithm: "sha256" | "md5"; of: string; digest: string }[];
  /** Files that are one: their inode as it was written down. */
  inodes: { inode: string; path: string }[];
}

export function makeRoot(): string {
  const base = [tmpdir(), "/tmp"].map((path) => realpathSync(path)).find((path) => path.length < LENGTH - 12);
  if (base === undefined) throw new Error(`There is no temporary folder with a path as short as ${LENGTH}.`);
  const top = mkdtempSync(join(base, "as-"));
  const root = `${top}/`.padEnd(LENGTH, "r");
  mkdirSync(root, { mode: 0o700 });
  return root;
}

/** As claude 2.1.329 names the folder of a project. */
export function encoded(path: string): string {
  return path.replace(/[^A-Za-z0-9]/g, "-");
}

/** Every digest of the archive with what it is where the state is unpacked. */
export function digestsAt(root: string, { digests }: Manifest): [string, string][] {
  const here: [string, string][] = [];
  for (const { algorithm, of, digest } of digests) {
    const text = here.reduce((filled, [before, after]) => filled.replaceAll(before, after), of);
    const hash = createHash(algorithm).update(text.replaceAll(ROOT, root)).digest("hex");
    // Some are cut.
    here.push([digest, hash.slice(0, digest.length)]);
  }
  return here;
}
