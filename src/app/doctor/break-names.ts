import { listStoredNames, StoredNames } from "../../stores/file/names/all.ts";
import type { GenerationLock } from "../../system/locks/generation-lock.ts";
import type { Context } from "../context.ts";

/** Names are locked for milliseconds: whoever still has them after this long is not at work. */
const NAMES_PATIENCE_MS = 1_000;

/** A lock that was taken from its owner. */
export interface BrokenLock {
  what: "names" | "conversation";
  agent: string;
  /** Whom it was taken from. */
  host: string;
  pid: number;
  since: string;
}

/** Frees the names of a workspace from owners that can't be seen from here. */
export async function breakNames(
  context: Context,
  { workspace, agent }: { workspace: string; agent: string | undefined },
): Promise<BrokenLock[]> {
  const agents = agent === undefined ? context.agents : [context.findAgent(agent)];
  const broken: BrokenLock[] = [];
  for (const { name } of agents) {
    const own = new StoredNames(context.home.namesFolder({ workspace, agent: name }));
    const others = listStoredNames(context.home).filter(
      (names) => names.folder !== own.folder && isOf(names, workspace, name),
    );
    for (const { lock } of [own, ...others]) {
      const owner = await breakStill(lock);
      if (owner !== undefined) broken.push(brokenLock("names", name, owner));
    }
  }
  return broken;
}

/** Names that a mapping file of their own holds are known by their log alone. */
function isOf(names: StoredNames, workspace: string, agent: string): boolean {
  if (names.lock.state().state !== "elsewhere") return false;
  const scope = names.read()?.scope;
  return scope?.workspace === workspace && scope.agent === agent;
}

/** Frees a lock unless its owner is at work: then it has let go by the second look. */
async function breakStill(lock: GenerationLock) {
  const first = lock.state();
  if (first.state !== "elsewhere") return undefined;
  await new Promise((resolve) => setTimeout(resolve, NAMES_PATIENCE_MS));
  return lock.state().generation === first.generation ? lock.breakOpen() : undefined;
}

export function brokenLock(
  what: BrokenLock["what"],
  agent: string,
  { process: { host, pid }, since }: { process: { host: string; pid: number }; since: string },
): BrokenLock {
  return { what, agent, host, pid, since };
}
