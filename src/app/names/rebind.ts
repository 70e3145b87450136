import { resolve } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { type NameEntry, type NameScope, type NameTable, usualSpelling } from "../../domain/names/name.ts";
import { nearest } from "../../domain/nearest.ts";
import { isWorkspaceGone, requireFolder, resolveWorkspace } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { refuseOnLine } from "../only-here.ts";
import { findTwin, refuseReserved } from "./taken.ts";

export interface RebindRequest {
  /** The folder that the names belonged to; relative to the caller's. */
  from: string;
  workspace: string;
  name?: string | undefined;
  agent?: string | undefined;
  ifExists?: "fail" | "replace" | undefined;
}

/** Names that were moved to another workspace. */
export interface Rebound {
  /** The workspace that is gone. */
  from: string;
  workspace: string;
  names: { name: string; agent: string; sessionId: string }[];
}

interface Move {
  from: NameScope;
  to: NameScope;
  entries: NameEntry[];
}

/** Moves all selected names, or none. The name logs of both workspaces record it. */
export async function rebind(context: Context, request: RebindRequest): Promise<Rebound> {
  const { workspace, ifExists = "fail" } = request;
  refuseOnLine(context, "Moving names to another folder");
  requireFolder(workspace);
  const from = await findGone(context, request);
  const moves: Move[] = [];
  for (const agent of agentsOf(context, request.agent)) {
    const entries = await meantEntries(context, { workspace: from, agent }, request.name);
    if (entries.length > 0)
      moves.push({ from: { workspace: from, agent }, to: { workspace, agent }, entries });
  }
  if (moves.length === 0) throw await noSuchName(context, from, request);
  await refuseBusy(context, moves);
  for (const { to, entries } of moves) check(context, await context.store.list(to), entries, ifExists);
  for (const { from: old, to, entries } of moves) {
    for (const { sessionId } of entries) await rebindSession(context, to, sessionId);
    // Set first, then remove: if this process is killed in between, repeating the command completes the move.
    await context.store.update(to, (names) => {
      check(context, names, entries, ifExists);
      return entries.map((entry) => ({ op: "set", entry, reason: "rebind" }));
    });
    await context.store.update(old, (names) =>
      entries
        .filter(({ name, sessionId }) => names.entries.get(name)?.sessionId === sessionId)
        .map(({ name }) => ({ op: "remove", name, reason: "rebind" })),
    );
  }
  return {
    from,
    workspace,
    names: moves.flatMap(({ to: { agent }, entries }) =>
      entries.map(({ name, sessionId }) => ({ name, agent, sessionId })),
    ),
  };
}

function agentsOf(context: Context, agent: string | undefined): string[] {
  return context.agentsOf(agent).map(({ name }) => name);
}

/**
 * Returns the gone workspace that a folder names: if a link is at that path now, the workspace may be the
 * link's own path.
 */
async function findGone(context: Context, { from, workspace, agent }: RebindRequest): Promise<string> {
  const literal = resolve(context.cwd, from);
  const resolved = resolveWorkspace(literal, context.cwd);
  const gone = [...new Set([literal, resolved])].filter(isWorkspaceGone);
  for (const folder of gone) {
    for (const name of agentsOf(context, agent)) {
      const scope = { workspace: folder, agent: name };
      if ((await context.store.list(scope)).entries.size > 0) return folder;
    }
  }
  const [first] = gone;
  if (first !== undefined) return first;
  if (resolved === workspace) throw new AppError("usage", `${resolved} is the current workspace.`);
  throw new AppError("usage", `The workspace ${resolved} still exists, and so do its names.`, {
    hint: `Use them with ${context.wording.choice({ workspace: resolved })}   or name one of its conversations here too: ${context.wording.step("adopt", { name: "NAME", sessionId: "SESSION_ID", workspace })}`,
  });
}

async function meantEntries(
  context: Context,
  scope: NameScope,
  name: string | undefined,
): Promise<NameEntry[]> {
  const names = await context.store.list(scope);
  if (name === undefined) return [...names.entries.values()];
  const entry = names.entries.get(name) ?? findTwin(names, usualSpelling(name));
  return entry === undefined ? [] : [entry];
}

async function noSuchName(context: Context, from: string, request: RebindRequest): Promise<AppError> {
  const { name, agent } = request;
  const known: string[] = [];
  for (const one of agentsOf(context, agent))
    known.push(...(await context.store.list({ workspace: from, agent: one })).entries.keys());
  const similar = name === undefined ? undefined : nearest(name, known);
  const message =
    name === undefined
      ? `There are no names in ${from}.`
      : `There is no conversation named ${JSON.stringify(name)} in ${from}.`;
  return new AppError("no_such_name", message, {
    hint:
      similar === undefined
        ? `See the names of all folders with: ${context.wording.step("list", { everywhere: true })}`
        : `Did you mean ${JSON.stringify(similar)}?`,
    facts: { name: name ?? null, workspace: from },
  });
}

/** Refuses while a turn of one of the names is unended: it would end in the old workspace. */
async function refuseBusy(context: Context, moves: readonly Move[]): Promise<void> {
  const isOld = (scope: NameScope) =>
    scope.mappingFile === undefined &&
    moves.some(({ from }) => from.agent === scope.agent && from.workspace === scope.workspace);
  const unended = await context.runner.unended({ workspace: moves[0]?.from.workspace });
  const turn = unended.find(
    ({ scope, sessionId }) =>
      isOld(scope) && moves.some(({ entries }) => entries.some((entry) => entry.sessionId === sessionId)),
  );
  if (turn === undefined) return;
  const { scope, name } = turn;
  const { step } = context.wording;
  throw new AppError(
    "busy",
    `A turn in ${JSON.stringify(name)} that began in ${scope.workspace} has not ended.`,
    {
      hint: `See it with: ${step("status", { everywhere: true })}   end it with: ${step("cancel", { name, workspace: scope.workspace })}`,
    },
  );
}

function check(
  context: Context,
  names: NameTable,
  entries: readonly NameEntry[],
  ifExists: RebindRequest["ifExists"],
): void {
  const { step, choice } = context.wording;
  for (const { name, sessionId } of entries) {
    refuseReserved(context, names, name);
    const there = findTwin(names, name);
    if (there === undefined || there.sessionId === sessionId || ifExists === "replace") continue;
    throw new AppError("name_exists", `The name ${JSON.stringify(name)} already exists in this workspace.`, {
      hint: `Nothing was moved. Make room with: ${step("rename", { name, newName: "OTHER" })}   or take its place with ${choice({ ifExists: "replace" })}.`,
      facts: { name, session_id: there.sessionId },
    });
  }
}

async function rebindSession(context: Context, to: NameScope, sessionId: string): Promise<void> {
  const session = context.store.session({ agent: to.agent, sessionId });
  await session.changeRecord((record) => ({ ...record, workspace: to.workspace }));
}
