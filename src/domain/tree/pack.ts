import { AppError } from "../errors.ts";
import { list, literal, number, object, oneOf, text } from "../shape.ts";
import { treePathProblem } from "./path.ts";
import { MOST_TREE_BYTES, MOST_TREE_FILES } from "./tree.ts";

/** A file as it is in a working tree. */
export interface TreeFile {
  path: string;
  mode: "file" | "program";
  data: Uint8Array;
}

/** What a working tree has beyond its commit: whole files, and those that are gone. Paths are from the root, with `/`. */
export interface TreeChanges {
  files: readonly TreeFile[];
  gone: readonly string[];
}

const asHead = object({
  version: literal(1),
  files: list(object({ path: text, mode: oneOf(["file", "program"]), bytes: number })),
  gone: list(text),
});

const NEWLINE = 10;

/** Returns the changes as bytes: a line of JSON with every path, and behind it the contents in the same order. */
export function packTree({ files, gone }: TreeChanges): Uint8Array {
  const heads = files.map(({ path, mode, data }) => ({ path, mode, bytes: data.length }));
  const head = Buffer.from(`${JSON.stringify({ version: 1, files: heads, gone })}\n`);
  return Buffer.concat([head, ...files.map(({ data }) => data)]);
}

/**
 * Reads packed changes. They come from another machine: every path is checked, and no path is a file and a folder at once.
 *
 * @throws AppError `file_refused`
 */
export function unpackTree(bytes: Uint8Array): TreeChanges {
  const end = bytes.indexOf(NEWLINE);
  const head = asHead(parsed(Buffer.from(bytes.subarray(0, Math.max(end, 0))).toString()));
  if (end === -1 || head === undefined) throw refused("is not what this version can read");
  let at = end + 1;
  const files = head.files.map(({ path, mode, bytes: size }) => {
    const isSize = Number.isInteger(size) && size >= 0 && at + size <= bytes.length;
    if (!isSize) throw refused(`is cut off in ${JSON.stringify(path)}`);
    const data = bytes.subarray(at, at + size);
    at += size;
    return { path, mode, data };
  });
  if (at !== bytes.length) throw refused("has more than its files");
  const changes = { files, gone: head.gone };
  checkTree(changes);
  return changes;
}

/** @throws AppError `file_refused` for changes that may not travel */
export function checkTree({ files, gone }: TreeChanges): void {
  const count = files.length + gone.length;
  if (count > MOST_TREE_FILES) throw refused(`has ${count} changed files; ${MOST_TREE_FILES} may be carried`);
  const bytes = files.reduce((sum, { data }) => sum + data.length, 0);
  if (bytes > MOST_TREE_BYTES) {
    const largest = files.reduce((most, one) => (one.data.length > most.data.length ? one : most));
    throw tooLarge(bytes, largest.path, largest.data.length);
  }
  const all = new Set<string>();
  for (const path of [...files.map((file) => file.path), ...gone]) {
    const problem = treePathProblem(path);
    if (problem !== undefined) throw refused(`has the path ${JSON.stringify(path)}, which ${problem}`);
    if (all.has(path)) throw refused(`has the path ${JSON.stringify(path)} twice`);
    all.add(path);
  }
  const present = new Set(files.map(({ path }) => path));
  for (const path of present)
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1))
      if (present.has(path.slice(0, cut)))
        throw refused(`has ${JSON.stringify(path.slice(0, cut))} as a file and as a folder`);
}

/** The error for more than may travel. */
export function tooLarge(bytes: number, largest: string, largestBytes: number): AppError {
  return new AppError(
    "file_refused",
    `What the folder has beyond its commit is ${bytes} bytes; ${MOST_TREE_BYTES} may be carried. The largest file is ${JSON.stringify(largest)} (${largestBytes} bytes).`,
    { hint: "Commit and push it, or let git ignore it: ignored files are not carried." },
  );
}

function refused(what: string): AppError {
  return new AppError("file_refused", `The carried tree ${what}.`, {
    hint: "Commit and push the changes, and ask for that commit.",
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
