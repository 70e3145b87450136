import { AppError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";
import { rebind } from "./rebind.ts";
import { type ResolvedName, resolveForTurn, resolveName, vanishedOwners } from "./resolve.ts";

export interface RebindingQuery {
  name: string;
  workspace: string;
  agent?: string | undefined;
  /**
   * Whether the caller named the workspace. Then a name that is missing there may be rebound from a workspace
   * that is gone, if exactly one such workspace has it.
   */
  mayRebind?: boolean | undefined;
}

/**
 * Finds a name as `resolveName` does. If the name is missing and may be rebound, rebinds it and notifies.
 *
 * @throws AppError as `resolveName` and `rebind` do
 */
export async function resolveOrRebind(
  context: Context,
  { name, workspace, agent, mayRebind = false }: RebindingQuery,
): Promise<ResolvedName & { reboundFrom?: string }> {
  try {
    return await resolveForTurn(context, workspace, name, agent);
  } catch (error) {
    if (!mayRebind || !(error instanceof AppError) || error.code !== "no_such_name") throw error;
    const agents = context.agentsOf(agent);
    const [from, ...others] = vanishedOwners(
      context,
      name,
      agents.map((one) => one.name),
    );
    if (from === undefined || others.length > 0) throw error;
    await rebind(context, { from, workspace, name, agent });
    context.notify(
      `${JSON.stringify(name)} belonged to ${from}, which does not exist any more; it now belongs to ${workspace}.`,
    );
    return { ...(await resolveName(context, workspace, name, agent)), reboundFrom: from };
  }
}
