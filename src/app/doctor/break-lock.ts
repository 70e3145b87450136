import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import { spellingsOf } from "../../domain/names/name.ts";
import { listNames, NamesFolder } from "../../stores/file/names/folder.ts";
import { StoredSession } from "../../stores/file/sessions/stored.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import type { GenerationLock } from "../../system/locks/generation-lock.ts";
import { livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { keptTurn } from "../local/turn-now.ts";
import { resolveName } from "../names/resolve.ts";
import { refuseOnLine } from "../only-here.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { giveUpTurn, sessionIdOf, settleTurn } from "../turn/settle.ts";
import { endQueued } from "../turn/waiting/never-began.ts";
import { resultInJournal } from "../watch/find.ts";
import { waitOrCancel } from "../wording.ts";

export interface BreakRequest {
  /** A name, or the id of a conversation; without one, only the name locks of the workspace are broken. */
  name: string | undefined;
  workspace: string;
  agent?: string | undefined;
}

/** What was freed from owners on other machines or in other containers. */
export interface Broken {
  locks: BrokenLock[];
  /** The turns that were given up, with their results as far as known. */
  turns: TurnResult[];
}

/** Only a person can know that processes elsewhere are gone. Never breaks a lock of a living process here. */
export async function breakLock(context: Context, request: BreakRequest): Promise<Broken> {
  refuseOnLine(context, "A lock that nobody can release");
  const locks = await breakNames(context, request);
  if (request.name === undefined) return { locks, turns: [] };
  const { open, queued, sessions } = await findHeld(context, { ...request, name: request.name });
  const lost: OpenTurn[] = [];
  for (const turn of open) if (await isElsewhere(context, turn, request.name)) lost.push(turn);
  for (const session of sessions) {
    const state = session.lock.state();
    if (state.state === "held") throw livesHere(context, request.name, state.owner.process.pid);
    const owner = session.lock.breakOpen();
    if (owner !== undefined) locks.push(brokenLock("conversation", session.agent, owner));
  }
  const turns: TurnResult[] = [];
  for (const turn of lost) {
    await giveUpTurn(context, turn);
    const result = await resultOfGivenUp(context, turn);
    if (result !== undefined) turns.push(result);
  }
  for (const turn of queued) {
    turns.push(
      await endQueued(context, turn, {
        code: "agent_failed",
        message: "The turn was queued on another machine or in another container and was given up.",
      }),
    );
  }
  // Nothing was held, and the name was not found: most likely a typing error, so report an unknown name.
  if (locks.length + turns.length + sessions.length === 0)
    await resolveName(context, request.workspace, request.name, request.agent);
  return { locks, turns };
}

/** Finds what may be held of a conversation: its open turns, the turns queued elsewhere, and its lock. */
async function findHeld(context: Context, request: BreakRequest & { name: string }) {
  const { workspace, agent } = request;
  const names = spellingsOf(request.name);
  const isMeant = (scope: { workspace: string; agent: string }, called: (string | undefined)[]) =>
    scope.workspace === workspace &&
    (agent === undefined || scope.agent === agent) &&
    called.some((word) => word !== undefined && names.includes(word));
  const all = context.turns.all();
  const found = new Map<string, { agent: string; sessionId: string }>();
  for (const { name } of context.agentsOf(agent)) {
    const { entries } = await context.store.list({ workspace, agent: name });
    const entry = names.map((word) => entries.get(word)).find((one) => one !== undefined);
    if (entry !== undefined)
      found.set(`${name} ${entry.sessionId}`, { agent: name, sessionId: entry.sessionId });
  }
  if (found.size > 1) await resolveName(context, workspace, request.name, agent);
  const isOfFound = (of: string, sessionId: string | undefined) => found.has(`${of} ${sessionId}`);
  const open = all.open.filter((turn) => {
    const { scope, name } = turn.plan;
    const sessionId = sessionIdOf(turn);
    return isMeant(scope, [name, sessionId]) || isOfFound(scope.agent, sessionId);
  });
  for (const turn of open) {
    const sessionId = sessionIdOf(turn);
    const { agent: of } = turn.plan.scope;
    if (sessionId !== undefined) found.set(`${of} ${sessionId}`, { agent: of, sessionId });
  }
  const queued = all.queued.filter(({ folder, accepted }) => {
    const isWaitingElsewhere = livenessOf(folder.attendant() ?? accepted.caller) === "elsewhere";
    return isWaitingElsewhere && isMeant(accepted.scope, [accepted.name, accepted.sessionId]);
  });
  const sessions = [...found.values()].map((key) => StoredSession.of(context.home, key));
  return { open, queued, sessions };
}

/** Settles a turn that no process works on, like any command. @throws AppError `busy` for one that runs here */
async function isElsewhere(context: Context, turn: OpenTurn, name: string): Promise<boolean> {
  const running = await settleTurn(context, turn);
  if (running === undefined || running.liveness === "elsewhere") return running !== undefined;
  if (running.problem !== undefined) throw running.problem;
  throw livesHere(context, name, (turn.folder.agentProcess() ?? turn.plan.caller).pid);
}

function livesHere({ wording }: Context, name: string, pid: number): AppError {
  return new AppError(
    "busy",
    `${JSON.stringify(name)} is locked by process ${pid} of this machine, which is still running; no lock was broken.`,
    {
      hint: waitOrCancel(wording, { name }),
      facts: { pid },
    },
  );
}

async function resultOfGivenUp(
  context: Context,
  { plan, folder }: OpenTurn,
): Promise<TurnResult | undefined> {
  const kept = keptTurn(context, plan.turnId)?.result;
  if (kept !== undefined) return kept;
  const sessionId = sessionIdOf({ plan, folder });
  return sessionId === undefined
    ? undefined
    : resultInJournal(context, plan.scope.agent, sessionId, plan.turnId);
}

/** Name locks are held for milliseconds: an owner that still has one after this long is not at work. */
const NAMES_PATIENCE_MS = 1_000;

/** A lock that was broken. */
export interface BrokenLock {
  what: "names" | "conversation";
  agent: string;
  /** The host of its owner. */
  host: string;
  pid: number;
  since: string;
}

/** Breaks the name locks of a workspace whose owners are on other machines or in other containers. */
export async function breakNames(
  context: Context,
  { workspace, agent }: { workspace: string; agent?: string | undefined },
): Promise<BrokenLock[]> {
  const agents = context.agentsOf(agent);
  const broken: BrokenLock[] = [];
  for (const { name } of agents) {
    const own = new NamesFolder(context.home.namesFolder({ workspace, agent: name }));
    const others = listNames(context.home).filter(
      (names) => names.path !== own.path && isOf(names, workspace, name),
    );
    for (const { lock } of [own, ...others]) {
      const owner = await breakStill(lock);
      if (owner !== undefined) broken.push(brokenLock("names", name, owner));
    }
  }
  return broken;
}

/**
 * Whether a name log belongs to this workspace and agent. The folder of names with a mapping file of their
 * own does not show that; only their log does.
 */
function isOf(names: NamesFolder, workspace: string, agent: string): boolean {
  if (names.lock.state().state !== "elsewhere") return false;
  const scope = names.read()?.scope;
  return scope?.workspace === workspace && scope.agent === agent;
}

/** Breaks a lock unless its owner is at work: a working owner has released it by the second check. */
async function breakStill(lock: GenerationLock) {
  const first = lock.state();
  if (first.state !== "elsewhere") return undefined;
  await sleep(NAMES_PATIENCE_MS);
  return lock.state().generation === first.generation ? lock.breakOpen() : undefined;
}

export function brokenLock(
  what: BrokenLock["what"],
  agent: string,
  { process: { host, pid }, since }: { process: { host: string; pid: number }; since: string },
): BrokenLock {
  return { what, agent, host, pid, since };
}
