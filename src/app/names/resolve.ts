import { dirname } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { movesOf } from "../../domain/names/moves.ts";
import {
  type NameEntry,
  type NameScope,
  OWN_NAME,
  spellingsOf,
  usualSpelling,
} from "../../domain/names/name.ts";
import { renamedTo } from "../../domain/names/renames.ts";
import { nearest } from "../../domain/nearest.ts";
import type { FoundName } from "../../domain/store.ts";
import { listEach } from "../../domain/words.ts";
import { listNames, type StoredLog } from "../../stores/file/names/folder.ts";
import { isWorkspaceGone, requireFolder } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { collectLater } from "../gc/later.ts";
import { whichAgent } from "../hints.ts";
import { findTwin } from "./taken.ts";

/** The name was moved to another conversation or removed since it was resolved: resolve it again. */
export class NameMoved extends Error {}

export interface ResolvedName {
  scope: NameScope;
  entry: NameEntry;
}

/** Looks for the name as typed first: names of other tools may not be in the NFC normal form. */
export async function findName(context: Context, scope: NameScope, raw: string): Promise<FoundName> {
  const usual = usualSpelling(raw);
  const typed = await context.store.find(scope, raw);
  if (typed.entry !== undefined || usual === raw) return typed;
  const found = await context.store.find(scope, usual);
  return { ...found, reservedBy: typed.reservedBy ?? found.reservedBy };
}

/**
 * Finds the agent and the conversation that a name points at in a workspace. Settles the scope's turns first,
 * so that it finds a name whose creator died.
 *
 * @throws AppError `no_such_name`; `ambiguous_name` when two agents own it and none is given.
 */
export async function resolveName(
  context: Context,
  workspace: string,
  name: string,
  agentName: string | undefined,
): Promise<ResolvedName> {
  const { agents, scopes } = placesOf(context, workspace, agentName);
  await context.runner.refresh({ workspace, agent: agentName });
  const found: ResolvedName[] = [];
  for (const scope of scopes) {
    const { entry } = await findName(context, scope, name);
    if (entry !== undefined) found.push({ scope, entry });
  }
  // Reads the whole log only if our own spellings are missing: searching a long log for one name is much
  // faster.
  if (found.length === 0) {
    for (const scope of scopes) {
      const entry = findTwin(await context.store.list(scope), usualSpelling(name));
      if (entry !== undefined) found.push({ scope, entry });
    }
  }
  const [first, second] = found;
  if (first === undefined)
    throw await unknownName(
      context,
      workspace,
      name,
      agents.map((agent) => agent.name),
    );
  if (second !== undefined) {
    throw new AppError(
      "ambiguous_name",
      `${listEach(found.map(({ scope }) => scope.agent))} have the name ${JSON.stringify(name)} here.`,
      {
        hint: whichAgent(
          context,
          found.map(({ scope }) => scope.agent),
        ),
      },
    );
  }
  return first;
}

/**
 * Does the same for a turn, which settles its conversation under the lock: settles nothing here unless the name
 * is missing or being created.
 */
export async function resolveForTurn(
  context: Context,
  workspace: string,
  name: string,
  agentName: string | undefined,
): Promise<ResolvedName> {
  const found: (FoundName & { scope: NameScope })[] = [];
  for (const scope of placesOf(context, workspace, agentName).scopes)
    found.push({ scope, ...(await findName(context, scope, name)) });
  const [only, other] = found.filter(({ entry }) => entry !== undefined);
  const isSettled = other === undefined && found.every(({ reservedBy }) => reservedBy === undefined);
  if (only?.entry !== undefined && isSettled) {
    collectLater(context);
    return { scope: only.scope, entry: only.entry };
  }
  return resolveName(context, workspace, name, agentName);
}

function placesOf(context: Context, workspace: string, agentName: string | undefined) {
  const agents = context.agentsOf(agentName);
  return { agents, scopes: agents.map((agent) => ({ workspace, agent: agent.name })) };
}

/** Returns the error for an unknown name, with a hint at the name that may be meant. */
async function unknownName(
  context: Context,
  workspace: string,
  name: string,
  agents: string[],
): Promise<AppError> {
  requireFolder(workspace);
  const names = async (folder: string, agent: string) =>
    (await context.store.list({ workspace: folder, agent })).entries;
  const message = `There is no conversation named ${JSON.stringify(name)} in ${workspace}.`;
  const say = (hint: string) => new AppError("no_such_name", message, { hint, facts: { name, workspace } });
  const { step } = context.wording;

  for (const { name: other } of context.agents) {
    if (agents.includes(other)) continue;
    if ((await names(workspace, other)).has(name))
      return say(`${other} has one: ${context.wording.choice({ agent: other })}`);
  }
  const isKnown = (folder: string) => context.line?.isKnown(folder) ?? true;
  for (const folder of foldersAbove(workspace).filter(isKnown)) {
    for (const agent of agents) {
      if ((await names(folder, agent)).has(name))
        return say(`There is one in ${folder}: ${context.wording.choice({ workspace: folder })}`);
    }
  }
  for (const agent of agents) {
    const now = renamedTo(await context.store.list({ workspace, agent }), name);
    if (now !== undefined)
      return say(
        `It was renamed to ${JSON.stringify(now.name)}: ${step("show", { name: now.name, workspace })}`,
      );
  }
  for (const agent of agents) {
    const last = movesOf(await context.store.log({ workspace, agent }), name).at(-1);
    if (last?.reason === "rebind")
      return say(
        `Another workspace has taken it over. See where it is with: ${step("list", { everywhere: true })}`,
      );
    if (last !== undefined && last.reason !== "create failed")
      return say(`It was removed. Bring it back with: ${step("restore", { name, workspace })}`);
  }
  const vanished = vanishedOwners(context, name, agents);
  const [gone] = vanished;
  if (gone !== undefined) {
    const from = vanished.length === 1 ? gone : "DIR";
    return say(
      `${vanished.join(" and ")} had one, and ${vanished.length === 1 ? "is" : "are"} gone. If the folder was moved here: ${step("rebind", { name, from, workspace })}`,
    );
  }
  const known: string[] = [];
  for (const agent of agents) known.push(...(await names(workspace, agent)).keys());
  const similar = nearest(name, known);
  if (similar !== undefined)
    return say(
      `Did you mean ${JSON.stringify(similar)}? See what there is with: ${step("list", { workspace })}`,
    );
  if (name === OWN_NAME) return say(`Begin it with: ${step("ask", { workspace })}`);
  const others = `another folder's names need ${context.wording.choice({ workspace: "DIR" })}`;
  if (known.length > 0) return say(`See what there is with: ${step("list", { workspace })} (${others})`);
  return say(
    `No conversation is named in this folder yet; ${others}. Start one here with: ${step("create", { name, workspace })}`,
  );
}

/** Returns the folders above a workspace: in a subfolder, people may mean a conversation of the project. */
function foldersAbove(workspace: string): string[] {
  const above: string[] = [];
  for (let folder = dirname(workspace); !above.includes(folder); folder = dirname(folder)) above.push(folder);
  return above;
}

/** Returns the workspaces that own a name of one of the agents and whose folder is gone. */
export function vanishedOwners(context: Context, name: string, agents: readonly string[]): string[] {
  // Names that machines share belong to no folder of this one.
  if (context.line !== undefined) return [];
  const owners = new Set<string>();
  const spellings = spellingsOf(name);
  for (const { scope, entries } of readableLogs(context)) {
    const isMeant = scope.mappingFile === undefined && agents.includes(scope.agent);
    if (isMeant && entries.some((entry) => spellings.includes(entry.name))) owners.add(scope.workspace);
  }
  return [...owners].filter(isWorkspaceGone).sort();
}

/** Skips logs that can't be read: an error about them would not help to find a name. */
function readableLogs(context: Context): StoredLog[] {
  return listNames(context.home).flatMap((names) => {
    try {
      return names.read() ?? [];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return [];
    }
  });
}
