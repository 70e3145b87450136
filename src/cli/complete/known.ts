import type { Context } from "../../app/context.ts";
import { listGates } from "../../app/gate/find.ts";
import { AppError } from "../../domain/errors.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { removedNames as removedIn } from "../../domain/names/removed.ts";
import { formatAge } from "../output/numbers.ts";

export interface Candidate {
  text: string;
  /** What it is, for people; may be empty. */
  about: string;
}

/** Where names are looked for. */
export interface Place {
  /** The nearest first. */
  folders: readonly string[];
  agent: string | undefined;
}

interface Named {
  agent: string;
  workspace: string;
  entry: NameEntry;
}

/** So many turns of a conversation are offered, the newest ones. */
const MOST_TURNS = 50;

/**
 * Returns the names of a place, the last used ones first. Those that can't be read are left out, and so are those that a
 * nearer folder has too.
 */
export async function entriesOf(context: Context, { folders, agent }: Place): Promise<Named[]> {
  const found: Named[] = [];
  for (const workspace of folders) {
    const nearer = new Set(found.map(({ entry }) => entry.name));
    for (const { name } of context.agentsOf(agent)) {
      const table = await readable(context.store.list({ workspace, agent: name }));
      for (const entry of table?.entries.values() ?? [])
        if (!nearer.has(entry.name)) found.push({ agent: name, workspace, entry });
    }
  }
  return lastUsedFirst(found);
}

/** Returns the names of a place as candidates: one for a name that two agents have. */
export async function knownNames(context: Context, place: Place): Promise<Candidate[]> {
  const found = await entriesOf(context, place);
  const agents = new Map<string, string[]>();
  for (const { agent, entry } of found) agents.set(entry.name, [...(agents.get(entry.name) ?? []), agent]);
  const now = context.now();
  return [...agents].map(([text, names]) => {
    const used = found.find(({ entry }) => entry.name === text);
    const where = used === undefined || used.workspace === place.folders[0] ? "" : `, in ${used.workspace}`;
    return { text, about: `${names.join(", ")}, ${formatAge(used && usedAt(used.entry), now)}${where}` };
  });
}

/** Returns the gates of a place, those that wait first. */
export function knownGates(context: Context, { folders }: Place): Candidate[] {
  const gates = listGates(context, folders).filter(({ id }) => !id.startsWith("-"));
  return gates.map(({ id, state, shown }) => ({ text: id, about: `${state}: ${firstWords(shown)}` }));
}

/** Returns the names of a place that were removed, the last one that was removed first. */
export async function removedNames(context: Context, { folders, agent }: Place): Promise<Candidate[]> {
  const found: { name: string; agent: string; removedAt: string }[] = [];
  for (const workspace of folders) {
    for (const { name } of context.agentsOf(agent)) {
      const lines = await readable(context.store.log({ workspace, agent: name }));
      for (const removed of removedIn(lines ?? [])) found.push({ ...removed, agent: name });
    }
  }
  const now = context.now();
  return found
    .sort((left, right) => (left.removedAt < right.removedAt ? 1 : -1))
    .map(({ name, agent, removedAt }) => ({
      text: name,
      about: `${agent}, removed ${formatAge(removedAt, now)}`,
    }));
}

/** Returns the models that conversations of this user have used, the last used one first. */
export async function knownModels(context: Context, agent: string | undefined): Promise<Candidate[]> {
  const found: Named[] = [];
  for await (const scope of context.store.scopes(() => undefined)) {
    if (agent !== undefined && scope.agent !== agent) continue;
    const table = await readable(context.store.list(scope));
    for (const entry of table?.entries.values() ?? []) found.push({ ...scope, entry });
  }
  const models = new Map<string, string>();
  for (const { agent: its, entry } of lastUsedFirst(found)) {
    const { lastModel } = entry;
    if (lastModel !== undefined && !models.has(lastModel)) models.set(lastModel, its);
  }
  return [...models].map(([text, about]) => ({ text, about }));
}

/** Returns the turns of a name, those that run first; without a name, those of the place that have not ended. */
export async function knownTurns(
  context: Context,
  place: Place,
  name: string | undefined,
): Promise<Candidate[]> {
  const now = context.now();
  const isHere = (scope: NameScope) =>
    place.folders.includes(scope.workspace) && (place.agent === undefined || scope.agent === place.agent);
  const { open, queued } = context.turns.all();
  const unended = [
    ...open.map(({ folder, plan }) => ({ ...plan, folder, state: "running" })),
    ...queued.map(({ folder, accepted }) => ({ ...accepted, folder, state: "queued" })),
  ]
    .filter((turn) => isHere(turn.scope) && (name === undefined || turn.name === name))
    .map(({ turnId, folder, state }) => ({
      text: turnId,
      about: `${state}: ${firstWords(folder.prompt())}`,
    }));
  const ended: Candidate[] = [];
  for (const { agent, entry } of name === undefined ? [] : await entriesOf(context, place)) {
    if (entry.name !== name) continue;
    const turns = await readable(context.store.session({ agent, sessionId: entry.sessionId }).journal.read());
    for (const { turnId, outcome, at, prompt } of turns ?? [])
      ended.push({ text: turnId, about: `${outcome} ${formatAge(at, now)}: ${firstWords(prompt)}` });
  }
  return [...unended, ...ended.slice(-MOST_TURNS).reverse()];
}

/** Returns undefined for what can't be read. */
async function readable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return undefined;
  }
}

function lastUsedFirst(found: Named[]): Named[] {
  return found.sort((left, right) => (usedAt(left.entry) < usedAt(right.entry) ? 1 : -1));
}

function usedAt({ usedAt: used, createdAt = "" }: NameEntry): string {
  return used ?? createdAt;
}

/** What a description has no room for is not laid out. */
function firstWords(prompt = ""): string {
  return prompt.slice(0, 200).replaceAll(/\s+/g, " ");
}
