import { AppError } from "../../domain/errors.ts";
import { movesOf } from "../../domain/names/moves.ts";
import { type NameScope, spellingsOf, usualSpelling } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { findName } from "./resolve.ts";
import { findTwin } from "./taken.ts";

/** The folders whose names a command sees, the nearest first; never empty. */
export type Folders = readonly [string, ...string[]];

export interface Sought {
  name: string;
  agent?: string | undefined;
  /** `use` needs a name that exists, `create` may begin one, and `restore` brings back one that is gone. */
  purpose?: "use" | "create" | "restore" | undefined;
  /** The name that decides instead where no folder has `name`. */
  orOf?: string | undefined;
}

/**
 * Returns the folder that a name belongs to: the nearest one that has it, with any agent if a name may begin, because two
 * agents share the names that people see. For a name that none of them has: with `create` the last folder, else the
 * nearest one that has had it, or a turn of it, else the first one with names that may have been meant.
 */
export async function placeOfName(context: Context, folders: Folders, sought: Sought): Promise<string> {
  const { name, purpose = "use", orOf } = sought;
  const [nearest] = folders;
  if (folders.length === 1) return nearest;
  const agent = purpose === "create" ? undefined : sought.agent;
  const firstWhere = async (isMeant: (scope: NameScope) => Promise<boolean>) => {
    for (const workspace of folders) {
      for (const scope of scopesOf(context, workspace, agent)) if (await isMeant(scope)) return workspace;
    }
    return undefined;
  };
  const wasThere = async (scope: NameScope) => {
    const lines = await context.store.log(scope);
    return spellingsOf(name).some((spelling) => movesOf(lines, spelling).length > 0);
  };
  const hasNames = async (scope: NameScope) => (await context.store.list(scope)).entries.size > 0;
  const root = folders.at(-1) ?? nearest;
  const owner = await firstWhere(purpose === "restore" ? wasThere : (scope) => isThere(context, scope, name));
  if (owner !== undefined) return owner;
  if (orOf !== undefined) return placeOfName(context, folders, { ...sought, name: orOf, orOf: undefined });
  if (purpose === "create") return root;
  return (
    (await firstWhere(wasThere)) ??
    (await placeOfTurn(context, folders, name)) ??
    (await firstWhere(hasNames)) ??
    root
  );
}

/**
 * Refuses a name that is about to begin in a folder where the present folder would not see it, because a nearer one has it.
 *
 * @throws AppError `name_exists`
 */
export async function refuseOutOfSight(
  context: Context,
  folders: Folders,
  { name, workspace }: { name: string; workspace: string },
): Promise<void> {
  for (const nearer of folders.slice(0, Math.max(0, folders.indexOf(workspace)))) {
    for (const scope of scopesOf(context, nearer, undefined)) {
      if (!(await isThere(context, scope, name))) continue;
      throw new AppError(
        "name_exists",
        `The name ${JSON.stringify(name)} already exists in ${nearer}, so the one in ${workspace} could not be used from here.`,
        {
          hint: `Pick another name, or do it where only the other folder's names are seen: ${context.wording.choice({ workspace })}`,
          facts: { name, workspace: nearer },
        },
      );
    }
  }
}

function scopesOf(context: Context, workspace: string, agent: string | undefined): NameScope[] {
  return context.agentsOf(agent).map((one) => ({ workspace, agent: one.name }));
}

/** Whether a name is there, or is about to be. */
async function isThere(context: Context, scope: NameScope, name: string): Promise<boolean> {
  const { entry, reservedBy } = await findName(context, scope, name);
  if (entry !== undefined || reservedBy !== undefined) return true;
  return findTwin(await context.store.list(scope), usualSpelling(name)) !== undefined;
}

/** Returns the folder of a turn that was sent to a name which never came to be. */
async function placeOfTurn(context: Context, folders: Folders, name: string): Promise<string | undefined> {
  const spellings: unknown[] = spellingsOf(name);
  const unended = await context.runner.unended({ workspace: folders });
  const kept = await context.runner.kept({ workspace: folders });
  return [...unended, ...kept].find((turn) =>
    spellings.includes("result" in turn ? turn.result.name : turn.name),
  )?.scope.workspace;
}
