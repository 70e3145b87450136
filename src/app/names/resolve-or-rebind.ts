import { AppError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";
import { rebind } from "./rebind.ts";
import { type ResolvedName, resolveName, vanishedOwners } from "./resolve.ts";

export interface RebindingQuery {
  name: string;
  workspace: string;
  agent?: string | undefined;
  /**
   * Whether the workspace was named by the caller, so that a name which it does not have may be taken over from a
   * workspace that is gone, where only one has it.
   */
  mayRebind?: boolean | undefined;
}

/**
 * Finds a name as `resolveName` does, or where it is missing and may be taken over, takes it over, and says so.
 *
 * @throws AppError as `resolveName` and `rebind` do
 */
export async function resolveOrRebind(
  context: Context,
  { name, workspace, agent, mayRebind = false }: RebindingQuery,
): Promise<ResolvedName & { reboundFrom?: string }> {
  try {
    return await resolveName(context, workspace, name, agent);
  } catch (error) {
    if (!mayRebind || !(error instanceof AppError) || error.code !== "no_such_name") throw error;
    const agents = agent === undefined ? context.agents : [context.findAgent(agent)];
    const [from, ...others] = vanishedOwners(
      context,
      name,
      agents.map((one) => one.name),
    );
    if (from === undefined || others.length > 0) throw error;
    await rebind(context, { from, workspace, name, agent });
    context.notify(
      `${JSON.stringify(name)} belonged to ${from}, which is gone; it belongs to ${workspace} from now on.`,
    );
    return { ...(await resolveName(context, workspace, name, agent)), reboundFrom: from };
  }
}
