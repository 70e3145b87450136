import { AppError } from "../../domain/errors.ts";
import type { NameScope, NameTable } from "../../domain/names/name.ts";
import { listStoredNames, type StoredNames } from "../../stores/file/names/all.ts";
import type { Context } from "../context.ts";

export interface ScopeTable {
  scope: NameScope;
  table: NameTable;
}

/** The names of some agents in a workspace. */
export async function* tablesOf(
  context: Context,
  workspace: string,
  agents: readonly string[],
): AsyncGenerator<ScopeTable> {
  for (const agent of agents) {
    const scope = { workspace, agent };
    yield { scope, table: await context.store.list(scope) };
  }
}

/** The names of all scopes that are meant. Those that can't be read are told and left out. */
export async function* tablesOfAll(
  context: Context,
  isMeant: (scope: NameScope) => boolean,
): AsyncGenerator<ScopeTable> {
  for (const names of listStoredNames(context.home)) {
    const found = await tableOf(context, names, isMeant);
    if (found !== undefined) yield found;
  }
}

async function tableOf(
  context: Context,
  names: StoredNames,
  isMeant: (scope: NameScope) => boolean,
): Promise<ScopeTable | undefined> {
  try {
    const scope = names.scope();
    if (scope === undefined || !isMeant(scope)) return undefined;
    return { scope, table: await context.store.list(scope) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.notify(`Some names are left out. ${error.message}`);
    return undefined;
  }
}
