import { movesOf } from "../../domain/names/moves.ts";
import { type NameScope, spellingsOf } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { findName } from "./resolve.ts";

/** The folders whose names a command sees, the nearest first; never empty. */
export type Folders = readonly [string, ...string[]];

export interface Sought {
  name: string;
  agent?: string | undefined;
  /** `use` needs a name that exists, `create` may begin one, and `restore` brings back one that is gone. */
  purpose?: "use" | "create" | "restore" | undefined;
  /** The name that decides instead where no folder knows `name`. */
  orOf?: string | undefined;
}

/**
 * Returns the folder that a name belongs to: the nearest one that has it. For a name that none of them has: with
 * `create` the last folder, else the nearest one that has had it, else the first one with names that may have been
 * meant.
 */
export async function placeOfName(context: Context, folders: Folders, sought: Sought): Promise<string> {
  const { name, agent, purpose = "use", orOf } = sought;
  const [nearest] = folders;
  if (folders.length === 1) return nearest;
  const firstWhere = async (isMeant: (scope: NameScope) => Promise<boolean>) => {
    for (const workspace of folders) {
      for (const one of context.agentsOf(agent))
        if (await isMeant({ workspace, agent: one.name })) return workspace;
    }
    return undefined;
  };
  const hasIt = async (scope: NameScope) => {
    const { entry, reservedBy } = await findName(context, scope, name);
    return entry !== undefined || reservedBy !== undefined;
  };
  const hasHadIt = async (scope: NameScope) => {
    const lines = await context.store.log(scope);
    return spellingsOf(name).some((spelling) => movesOf(lines, spelling).length > 0);
  };
  const hasNames = async (scope: NameScope) => (await context.store.list(scope)).entries.size > 0;
  const owner =
    (purpose === "restore" ? undefined : await firstWhere(hasIt)) ??
    (purpose === "create" ? undefined : await firstWhere(hasHadIt));
  if (owner !== undefined) return owner;
  if (orOf !== undefined) return placeOfName(context, folders, { name: orOf, agent, purpose });
  const similar = purpose === "create" ? undefined : await firstWhere(hasNames);
  return similar ?? folders.at(-1) ?? nearest;
}
