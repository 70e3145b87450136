import { AppError } from "../../domain/errors.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import type { Removed } from "./remove.ts";

interface Emptied {
  scope: NameScope;
  entries: NameEntry[];
}

/**
 * Removes all names or, on failure, none. As with `remove`, a running turn goes on, and a name that is being
 * created is still created.
 */
export async function removeAll(
  context: Context,
  { workspace, agent }: { workspace: string; agent?: string | undefined },
): Promise<Removed[]> {
  const scopes: NameScope[] = [];
  // Reads the names of all agents before it removes any.
  for (const one of context.agentsOf(agent)) {
    const scope = { workspace, agent: one.name };
    await context.runner.refresh(scope);
    const { entries, reserved } = await context.store.list(scope);
    for (const [name, turnId] of reserved) {
      const creator = await context.runner.look(turnId);
      if (creator !== undefined && creator.state !== "ended")
        context.notify(`${JSON.stringify(name)} is being created and was not removed.`);
    }
    if (entries.size > 0) scopes.push(scope);
  }
  if (scopes.length === 0) requireFolder(workspace);
  const emptied: Emptied[] = [];
  try {
    for (const scope of scopes) emptied.push({ scope, entries: await empty(context, scope) });
  } catch (error) {
    await fill(context, emptied, error);
    throw error;
  }
  return emptied.flatMap(({ scope, entries }) =>
    entries.map(({ name, sessionId }) => ({ name, agent: scope.agent, sessionId })),
  );
}

async function empty(context: Context, scope: NameScope): Promise<NameEntry[]> {
  let entries: NameEntry[] = [];
  await context.store.update(scope, (names) => {
    entries = [...names.entries.values()];
    return entries.map(({ name }) => ({ op: "remove", name, reason: "remove" }));
  });
  return entries;
}

/** Restores names that were removed before the error `reason`. */
async function fill(context: Context, emptied: readonly Emptied[], reason: unknown): Promise<void> {
  for (const { scope, entries } of emptied) {
    try {
      await context.store.update(scope, (names) =>
        entries
          .filter(({ name }) => !names.entries.has(name) && !names.reserved.has(name))
          .map((entry) => ({ op: "set", entry, reason: "restore" })),
      );
    } catch {
      const [first] = entries;
      if (!(reason instanceof AppError) || first === undefined) throw reason;
      const restore = context.wording.step("restore", { name: first.name, ...scope });
      throw new AppError(
        reason.code,
        `${reason.message} The names of ${scope.agent} were removed before that and could not be restored.`,
        { hint: `Bring them back one by one with: ${restore}`, cause: reason },
      );
    }
  }
}
