import { keyOf } from "./needs.ts";
import type { Relative } from "./types.ts";

export interface Branch {
  relative: Relative;
  forks: Branch[];
}

/** Returns the whole tree that a conversation is in. */
export function familyOf(names: readonly Relative[], own: string): Branch | undefined {
  const branches = new Map(
    names.map((relative) => [sessionOf(relative), { relative, forks: [] as Branch[] }]),
  );
  const parents = new Map<Branch, Branch>();
  for (const branch of branches.values()) {
    const { agent, parent } = branch.relative;
    const above = parent && branches.get(sessionOf({ agent, ...parent }));
    if (!above || above === branch) continue;
    parents.set(branch, above);
    above.forks.push(branch);
  }
  let root = [...branches.values()].find(({ relative }) => keyOf(relative) === own);
  const seen = new Set<Branch>();
  for (let above = root; above !== undefined && !seen.has(above); above = parents.get(above)) {
    seen.add(above);
    root = above;
  }
  return root;
}

function sessionOf({ agent, session_id }: { agent: string; session_id: string }): string {
  return `${agent}\0${session_id}`;
}
