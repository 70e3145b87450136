import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { REPOSITORY } from "../environment.ts";
import { AGENTS, digestsAt, ENCODED_ROOT, encoded, HOST, type Manifest, makeRoot, ROOT } from "./root.ts";

export const ARCHIVE = resolve(import.meta.dirname, "../../fixtures/state-0.1/state.tar.gz");

export interface EarlierState {
  home: string;
  workspace: string;
  elsewhere: string;
  /** A mapping file that was chosen by its path. */
  mappingFile: string;
}

/** Unpacks what 0.1 has left on disk, as if it had been written here. */
export function unpackState(t: TestContext): EarlierState {
  const root = makeRoot();
  t.after(() => rmSync(dirname(root), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  execFileSync("tar", ["-xzpf", ARCHIVE, "--no-same-owner", "-C", root]);
  const manifest: Manifest = JSON.parse(readFileSync(join(root, "manifest.json"), "utf8"));
  const rename = renamer(digestsAt(root, manifest), root);
  for (const entry of entriesBelow(root)) {
    const path = join(entry.parentPath, entry.name);
    const name = rename(entry.name);
    if (name !== entry.name) renameSync(path, join(entry.parentPath, name));
  }
  const written = new Set<bigint>();
  for (const entry of entriesBelow(root)) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    const { ino, mtimeMs } = statSync(path, { bigint: true });
    if (written.has(ino)) continue;
    written.add(ino);
    const text = readFileSync(path, "latin1");
    const filled = fill(text, rename, manifest, root);
    if (filled === text) continue;
    // In place: it keeps its links and its modes.
    writeFileSync(path, filled, "latin1");
    utimesSync(path, Number(mtimeMs) / 1000, Number(mtimeMs) / 1000);
  }
  const home = join(root, "home");
  // What lies there longer than it is kept for is not collected under the test.
  utimesSync(join(home, "agent-sessions-state/gc.stamp"), new Date(), new Date());
  return {
    home,
    workspace: join(root, "workspace"),
    elsewhere: join(root, "elsewhere"),
    mappingFile: join(root, "mapping.json"),
  };
}

/** The deepest first, so that one that is renamed leaves all paths that follow as they are. */
function entriesBelow(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).sort(
    (left, right) => right.parentPath.length - left.parentPath.length,
  );
}

type Rename = (text: string) => string;

function renamer(digests: [string, string][], root: string): Rename {
  return (text) =>
    digests
      .reduce((renamed, [before, after]) => renamed.replaceAll(before, after), text)
      .replaceAll(ENCODED_ROOT, encoded(root));
}

function fill(text: string, rename: Rename, { inodes }: Manifest, root: string): string {
  const placed = rename(text)
    .replaceAll(ROOT, root)
    .replaceAll(HOST, hostname())
    .replaceAll(AGENTS, REPOSITORY);
  return placed.replace(/("inode":")(\d+)"/g, (found, key: string, inode: string) => {
    const file = inodes.find((one) => one.inode === inode);
    if (file === undefined) return found;
    return `${key}${statSync(join(root, rename(file.path)), { bigint: true }).ino}"`;
  });
}
