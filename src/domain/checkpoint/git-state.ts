import { withoutUndefined } from "../without-undefined.ts";
import type { GitState } from "./checkpoint.ts";

const FILES = 40;

/** Parses the output of `git status --porcelain=v2 --branch -z`. */
export function readGitStatus(output: string): GitState {
  const fields = output.split("\0");
  const files: string[] = [];
  let branch: string | undefined;
  let commit: string | undefined;
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? "";
    if (field.startsWith("# branch.oid ")) commit = known(field.slice(13));
    else if (field.startsWith("# branch.head ")) branch = known(field.slice(14));
    else if (field.startsWith("1 ")) files.push(after(field, 8));
    else if (field.startsWith("u ")) files.push(after(field, 10));
    else if (field.startsWith("? ")) files.push(field.slice(2));
    else if (field.startsWith("2 ")) {
      files.push(after(field, 9));
      // The old name is the next field: skip it.
      at += 1;
    }
  }
  const changedFiles = files.slice(0, FILES);
  return withoutUndefined({
    branch,
    commit,
    changedFiles,
    moreChangedFiles: files.length - changedFiles.length,
  });
}

function known(words: string): string | undefined {
  return words.startsWith("(") ? undefined : words;
}

/** Returns what follows the first `count` words; a path may contain spaces. */
function after(field: string, count: number): string {
  return field.split(" ").slice(count).join(" ");
}
