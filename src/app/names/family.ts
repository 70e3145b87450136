import type { Context } from "../context.ts";
import type { ListedName } from "./list.ts";

/** A name with the names that were forked from it, in the order of the list they came from. */
export interface FamilyTree {
  listed: ListedName;
  forks: FamilyTree[];
}

/**
 * Draws names together that stem from each other. A conversation without a name in between, one that was
 * cleared or whose name was removed, is passed over.
 */
export async function familyTrees(context: Context, names: readonly ListedName[]): Promise<FamilyTree[]> {
  const trees = new Map<string, FamilyTree>();
  const keyOf = (agent: string, sessionId: string) => `${agent}\0${sessionId}`;
  for (const listed of names) trees.set(keyOf(listed.agent, listed.entry.sessionId), { listed, forks: [] });
  const roots: FamilyTree[] = [];
  for (const tree of trees.values()) {
    const { agent, entry } = tree.listed;
    const seen = new Set([entry.sessionId]);
    let parent: FamilyTree | undefined;
    for (let id = await parentOf(context, agent, entry.sessionId); id !== undefined && !seen.has(id); ) {
      seen.add(id);
      parent = trees.get(keyOf(agent, id));
      if (parent !== undefined) break;
      id = await parentOf(context, agent, id);
    }
    (parent?.forks ?? roots).push(tree);
  }
  return roots;
}

/** The name that each one stems from, by the tree; none for a root. */
export function parentsOf(trees: readonly FamilyTree[]): Map<ListedName, ListedName> {
  return new Map(
    trees.flatMap(({ listed, forks }) => [
      ...forks.map((fork) => [fork.listed, listed] as const),
      ...parentsOf(forks),
    ]),
  );
}

async function parentOf(context: Context, agent: string, sessionId: string): Promise<string | undefined> {
  return (await context.store.session({ agent, sessionId }).record())?.parentId;
}
