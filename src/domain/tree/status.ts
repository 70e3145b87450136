/** What `git status` tells of a checkout. */
export interface CheckoutStatus {
  /** Absent before the first commit. */
  commit: string | undefined;
  /** Every path that the working tree or the index has otherwise than the commit, each once, as git gives it. */
  paths: string[];
  /** Those of them that are repositories: submodules, and folders that have a repository of their own. */
  repositories: string[];
}

/** Parses the output of `git status --porcelain=v2 --branch -z --no-renames`. */
export function readStatus(output: string): CheckoutStatus {
  const paths = new Set<string>();
  const repositories: string[] = [];
  let commit: string | undefined;
  for (const field of output.split("\0")) {
    if (field.startsWith("# branch.oid ") && !field.endsWith("(initial)")) commit = field.slice(13);
    const [kind, , submodule = ""] = field.split(" ", 3);
    const path =
      kind === "1"
        ? after(field, 8)
        : kind === "u"
          ? after(field, 10)
          : kind === "?"
            ? field.slice(2)
            : undefined;
    if (path === undefined) continue;
    const isSubmodule = kind !== "?" && submodule.startsWith("S");
    if (isSubmodule || path.endsWith("/")) repositories.push(path);
    paths.add(path);
  }
  return { commit, paths: [...paths], repositories };
}

/** Returns what follows the first `count` words; a path may contain spaces. */
function after(field: string, count: number): string {
  return field.split(" ").slice(count).join(" ");
}
