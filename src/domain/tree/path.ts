/** What HFS+ leaves out of names: `.g\u200cit` is `.git` there. */
const IGNORABLE = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const MOST_BYTES = 4_096;
const MOST_PART_BYTES = 255;

/**
 * Returns why a path is none of a file in a working tree, in words for people; undefined for a good one. A path comes from
 * another machine: it must not lead out of the folder, nor into what git itself keeps there.
 */
export function treePathProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  if (/[\0\\]/.test(path)) return "has a character that can't be carried";
  if (path.startsWith("/")) return "is absolute";
  if (!path.isWellFormed()) return "is no text";
  if (Buffer.byteLength(path) > MOST_BYTES) return "is too long";
  for (const part of path.split("/")) {
    if (part === "" || part === "." || part === "..") return "leads elsewhere";
    if (Buffer.byteLength(part) > MOST_PART_BYTES) return "is too long";
    if (isOfGit(part)) return "is a file of git's own";
  }
  return undefined;
}

/** As git itself sees it: other file systems write `.git` in other ways. */
function isOfGit(part: string): boolean {
  const plain = part
    .replace(IGNORABLE, "")
    .replace(/:.*$/, "")
    .replace(/[. ]+$/, "")
    .toLowerCase();
  return plain === ".git" || /^git~\d+$/.test(plain);
}
