import { AppError } from "../../domain/errors.ts";
import { type NameTable, parseNewName } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { resolveName } from "./resolve.ts";
import { findTwin, refuseReserved } from "./taken.ts";

/** A name that was changed. */
export interface Renamed {
  name: string;
  previousName: string;
  agent: string;
  sessionId: string;
  workspace: string;
}

export interface RenameRequest {
  name: string;
  newName: string;
  workspace: string;
  agent?: string | undefined;
}

/** Turns of the old name go on under the new one; a later owner of the old name does not affect them. */
export async function rename(context: Context, request: RenameRequest): Promise<Renamed> {
  const newName = parseNewName(request.newName);
  const { scope, entry } = await resolveName(context, request.workspace, request.name, request.agent);
  const previousName = entry.name;
  if (newName === previousName) {
    throw new AppError("usage", `${JSON.stringify(newName)} is already its name.`, {
      hint: "Nothing was changed. Give another name.",
    });
  }
  const after = await context.store.update(scope, (names) => {
    const now = names.entries.get(previousName);
    if (now === undefined) throw goneMeanwhile(context, previousName);
    refuseReserved(context, names, previousName);
    refuseReserved(context, names, newName);
    refuseOther(context, names, newName, previousName);
    return [
      { op: "remove", name: previousName, reason: "rename", renamedTo: newName },
      { op: "set", entry: { ...now, name: newName }, reason: "rename" },
    ];
  });
  const sessionId = after.entries.get(newName)?.sessionId ?? entry.sessionId;
  const { agent, workspace } = scope;
  return { name: newName, previousName, agent, sessionId, workspace };
}

/**
 * Refuses a new name that exists, also in another Unicode normal form, unless that is the name to be renamed.
 */
function refuseOther(
  { wording: { step } }: Context,
  names: NameTable,
  newName: string,
  previousName: string,
): void {
  const other = findTwin(names, newName);
  if (other === undefined || other.name === previousName) return;
  throw new AppError("name_exists", `The name ${JSON.stringify(newName)} already exists in this workspace.`, {
    hint: `Pick another one, or make room with: ${step("rename", { name: newName, newName: "OTHER" })}   or: ${step("remove", { name: newName })}`,
  });
}

function goneMeanwhile({ wording: { step } }: Context, name: string): AppError {
  return new AppError("no_such_name", `The name ${JSON.stringify(name)} was removed a moment ago.`, {
    hint: `See what there is with: ${step("list")}`,
  });
}
