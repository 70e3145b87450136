import { AppError } from "../../domain/errors.ts";
import { movesOf } from "../../domain/names/moves.ts";
import type { NameEntry, NameReason, NameScope } from "../../domain/names/name.ts";
import { entrySince } from "../../domain/names/renames.ts";
import { eachOf } from "../../domain/names/workspaces.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import { readUse } from "../last-use.ts";
import { type ResolvedName, resolveName } from "../names/resolve.ts";
import { resultById } from "../watch/find.ts";

/**
 * Returns the conversation that this caller used last in some workspaces, by its present name. `usedId` is the
 * conversation that the caller has used: a turn must not follow the name to an unrelated one.
 *
 * @throws AppError `no_such_name` when the caller has used none, or the name points at an unrelated
 * conversation by now
 */
export async function lastUsed(
  context: Context,
  workspaces: string | readonly string[],
  agentName: string | undefined,
): Promise<{ name: string; workspace: string; agent: string; usedId?: string }> {
  const { name, workspace, agent, ...use } = readUse(context, eachOf(workspaces), agentName);
  const scope = { workspace, agent };
  // Version 0.1 recorded only the name.
  if (use.sessionId === undefined && use.turnId === undefined) return { name, workspace, agent };
  await context.runner.refresh(scope);
  const turn = use.turnId === undefined ? undefined : await context.runner.look(use.turnId);
  const begun = turn?.state === "ended" || turn?.state === "queued" ? undefined : turn;
  const usedId = use.sessionId ?? begun?.sessionId ?? (await sessionOfTurn(context, scope, name, use.turnId));
  // Until its conversation has an id, the name is reserved for it.
  if (begun !== undefined && usedId === undefined) return { name, workspace, agent };
  const names = await context.store.list(scope);
  const entry = usedId === undefined ? undefined : entrySince(names, name, usedId);
  if (usedId !== undefined && entry !== undefined && (await hasComeOf(context, agent, entry, usedId)))
    return { name: entry.name, workspace, agent, usedId };
  // Throws if the name is gone, with a hint where it may have gone.
  await resolveName(context, workspace, name, agent);
  throw await isAnother(context, scope, name, usedId);
}

/**
 * Refuses a conversation that has only replaced the one that the caller used under this name.
 *
 * @throws AppError `no_such_name`
 */
export async function refuseOther(
  context: Context,
  { scope, entry }: ResolvedName,
  usedId: string | undefined,
): Promise<void> {
  if (usedId === undefined || (await hasComeOf(context, scope.agent, entry, usedId))) return;
  throw await isAnother(context, scope, entry.name, usedId);
}

/** Whether a name points at a conversation or at a successor of it, for example after `/clear`. */
async function hasComeOf(
  context: Context,
  agent: string,
  { sessionId }: NameEntry,
  usedId: string,
): Promise<boolean> {
  if (sessionId === usedId) return true;
  return (await ownKeysOf(context, { agent, sessionId })).some((own) => own.sessionId === usedId);
}

async function isAnother(
  context: Context,
  scope: NameScope,
  name: string,
  usedId: string | undefined,
): Promise<AppError> {
  const { workspace, agent } = scope;
  const about = { name, workspace, agent };
  const { step } = context.wording;
  const became = usedId === undefined ? "never began" : await whatBecame(context, scope, name, usedId);
  return new AppError(
    "no_such_name",
    `The conversation that you used last, ${JSON.stringify(name)}, ${became}. The name now points at another conversation.`,
    {
      hint: `If you mean that: ${step("send", about)}   See what the name has stood for with: ${step("moves", about)}`,
      facts: { name, session_id: usedId ?? null },
    },
  );
}

/** Returns the conversation that a turn has begun; undefined if it has begun none. */
async function sessionOfTurn(
  context: Context,
  scope: NameScope,
  name: string,
  turnId: string | undefined,
): Promise<string | undefined> {
  if (turnId === undefined) return undefined;
  return (await resultById(context, { ...scope, name }, turnId))?.sessionId;
}

/** Describes how a name came to point at something else. */
async function whatBecame(
  context: Context,
  scope: NameScope,
  name: string,
  sessionId: string,
): Promise<string> {
  const moves = movesOf(await context.store.log(scope), name);
  const left = moves[moves.findLastIndex(({ entry }) => entry?.sessionId === sessionId) + 1];
  const when = left?.at ? ` at ${left.at}` : "";
  if (left?.renamedTo !== undefined)
    return `was renamed to ${JSON.stringify(left.renamedTo)}${when}, which was removed or changed since`;
  if (left?.reason === "rebind") return `was moved to another workspace${when}`;
  if (left !== undefined && left.entry === undefined) return `was removed${when}`;
  const how: Partial<Record<NameReason, string>> = {
    adopt: "by adopt",
    restore: "by restore",
    "another tool": "by another tool",
  };
  return `lost that name${when}; the name was given to another conversation ${how[left?.reason ?? "create"] ?? "that was newly created"}`;
}
