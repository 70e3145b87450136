import { AppError } from "../domain/errors.ts";
import type { NameEntry, NameScope, NameTable } from "../domain/name.ts";
import { nearest } from "../domain/nearest.ts";
import { quoteWord } from "../domain/posix-words.ts";
import type { Context } from "./context.ts";
import { settleScope } from "./settle.ts";

export interface ResolvedName {
  scope: NameScope;
  entry: NameEntry;
}

/** Names made by other tools may not be in normal form: what was typed comes first. */
function find(names: NameTable, raw: string): NameEntry | undefined {
  return names.entries.get(raw) ?? names.entries.get(raw.trim().normalize("NFC"));
}

/**
 * Finds the agent and the conversation a name stands for in a workspace. Settles what is pending first, so
 * that a name whose creator died is found.
 *
 * @throws AppError `no_such_name`; `ambiguous_name` when two agents own it and none is given.
 */
export async function resolveName(
  context: Context,
  workspace: string,
  name: string,
  agentName: string | undefined,
): Promise<ResolvedName> {
  const agents = agentName === undefined ? context.agents : [context.findAgent(agentName)];
  const found: ResolvedName[] = [];
  for (const { name: agent } of agents) {
    const scope = { workspace, agent };
    await settleScope(context, scope);
    const entry = find(await context.store.list(scope), name);
    if (entry !== undefined) found.push({ scope, entry });
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
      `${found.map(({ scope }) => scope.agent).join(" and ")} both have a conversation named ${JSON.stringify(name)} here.`,
      {
        hint: `Say which: --agent ${first.scope.agent} or --agent ${second.scope.agent}`,
      },
    );
  }
  return first;
}

async function unknownName(
  context: Context,
  workspace: string,
  name: string,
  agents: string[],
): Promise<AppError> {
  const known: string[] = [];
  for (const agent of agents) known.push(...(await context.store.list({ workspace, agent })).entries.keys());
  const similar = nearest(name, known);
  const hint =
    similar !== undefined
      ? `Did you mean ${JSON.stringify(similar)}?   See what there is with: agent-sessions list`
      : known.length === 0
        ? `No conversation is named in this workspace yet. Start one with: agent-sessions create ${quoteWord(name)} --agent claude '…'`
        : "See what there is with: agent-sessions list   Conversations of another folder need --workspace DIR.";
  return new AppError(
    "no_such_name",
    `There is no conversation named ${JSON.stringify(name)} in ${workspace}.`,
    {
      hint,
      facts: { name, workspace },
    },
  );
}
