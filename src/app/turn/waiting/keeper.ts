import { AppError } from "../../../domain/errors.ts";
import type { SessionKey } from "../../../domain/session/session.ts";
import { KeeperFolder, type KeeperRecord, listKeepers, type NextTurn } from "../../../stores/file/keepers.ts";
import type { OpenTurn, QueuedTurn } from "../../../stores/file/turns/turns.ts";
import { makeFolder } from "../../../system/files/write.ts";
import { withLock } from "../../../system/locks/with-lock.ts";
import { startInBackground } from "../../../system/processes/background.ts";
import { type ProcessIdentity, standingOf } from "../../../system/processes/identity.ts";
import type { Context } from "../../context.ts";
import { environmentOfAttendant, requireProgram } from "./attendant.ts";
import { keeperIdOf, stateOf } from "./keeper-id.ts";

/** The sub-command by which this program keeps the waiting turns of a conversation. */
export const KEEP = "keep-turns";

/**
 * Gives an accepted turn, in its place in the queue, to the keeper that may have it; starts the keeper if there is none.
 * The turn is on record as the keeper's when this resolves.
 *
 * @throws AppError `unsupported`, `internal`, `state_unwritable`
 */
export async function keepInLine(
  context: Context,
  { folder, accepted }: QueuedTurn,
  { forgivesFailures = false }: { forgivesFailures?: boolean } = {},
): Promise<void> {
  const { turnId } = accepted;
  const id = keeperIdOf(context, keyOfTurn(accepted));
  const keeper = KeeperFolder.of(context.home, id);
  await lockedFor(context, keeper, async () => {
    // With this process until the turn is on record: a keeper must not wait for a place that nobody gives up.
    const place = await takePlace(context, accepted, context.self());
    try {
      await give();
    } catch (error) {
      await place.leave();
      throw error;
    }
  });
  keeper.ring(turnId);

  async function give(): Promise<void> {
    const process = await livingOr(context, keeper, id, accepted, (found) =>
      forgivesFailures ? 0 : failuresOf(found),
    );
    folder.saveAttendant(process);
    await takePlace(context, accepted, process);
  }
}

/**
 * Asks the keeper that may have the next turn of a conversation to have an agent ready for it; starts the keeper if there
 * is none.
 *
 * @throws AppError `unsupported`, `internal`, `state_unwritable`
 */
export async function keepReady(context: Context, next: NextTurn): Promise<void> {
  const id = keeperIdOf(context, keyOfTurn(next));
  const keeper = KeeperFolder.of(context.home, id);
  await lockedFor(context, keeper, async () => {
    await livingOr(context, keeper, id, next, failuresOf);
    keeper.askFor(next);
  });
}

/** Gives an accepted turn its place in the queue of its conversation, for as long as `process` lives. */
export function takePlace(
  context: Context,
  accepted: QueuedTurn["accepted"],
  process: ProcessIdentity,
): Promise<{ leave(): Promise<void> }> {
  const { turnId, arrival, calledBy, acceptedAt: since } = accepted;
  const { queue } = context.store.session(keyOfTurn(accepted));
  return queue.join({ turnId, arrival, calledBy, process, since, isAccepted: true });
}

/** How often in a row a keeper, the one that this process would use, has ended without having begun a turn, and when last. */
export function failedStarts(context: Context, key: SessionKey): { count: number; lastMs: number } {
  const found = KeeperFolder.of(context.home, keeperIdOf(context, key)).record();
  return { count: failuresOf(found), lastMs: found === undefined ? 0 : Date.parse(found.since) };
}

/** Runs `work` while no turn is given to the keeper, and it can't leave. */
export function lockedFor<T>(context: Context, keeper: KeeperFolder, work: () => T): Promise<Awaited<T>> {
  const stuck = () => new AppError("busy", `${keeper.lock.folder} was locked for 30 seconds.`);
  return withLock(keeper.lock, context.now, work, stuck);
}

/** A keeper that lives. */
export interface LivingKeeper {
  folder: KeeperFolder;
  record: KeeperRecord;
}

/** Returns the keepers of this state home that live. */
export function livingKeepers(context: Context): LivingKeeper[] {
  return listKeepers(context.home).flatMap((folder) => {
    const record = folder.record();
    return record === undefined || standingOf(record.process) === "gone" ? [] : [{ folder, record }];
  });
}

/** Returns the records of some keepers, with what each has to do. */
export function workOf(
  { turns }: Context,
  keepers: readonly LivingKeeper[],
): (KeeperRecord & { isRunning: boolean; queued: number })[] {
  // Most commands find no keeper, and then look at no turn.
  if (keepers.length === 0) return [];
  const { open, queued } = turns.all();
  return keepers.map(({ record }) => {
    const isIts = ({ folder }: OpenTurn | QueuedTurn) => isSameProcess(folder.attendant(), record.process);
    return { ...record, isRunning: open.some(isIts), queued: queued.filter(isIts).length };
  });
}

export function isSameProcess(left: ProcessIdentity | undefined, right: ProcessIdentity): boolean {
  return left?.pid === right.pid && left.start === right.start && left.boot === right.boot;
}

/** Not one that is suspended: what it is given would wait for it. */
function takesTurns(keeper: KeeperFolder, { process }: KeeperRecord): boolean {
  return standingOf(process) === "alive" && !keeper.isAskedToStop();
}

function failuresOf(found: KeeperRecord | undefined): number {
  if (found === undefined || found.hasBegun === true || standingOf(found.process) !== "gone") return 0;
  return found.failures + 1;
}

/** Returns the process of the keeper, which is started if none takes turns; the caller holds its lock. */
async function livingOr(
  context: Context,
  keeper: KeeperFolder,
  id: string,
  turn: KeptTurn,
  failuresAfter: (found: KeeperRecord | undefined) => number,
): Promise<ProcessIdentity> {
  const found = keeper.record();
  if (found !== undefined && takesTurns(keeper, found)) return found.process;
  return start(context, keeper, id, turn, failuresAfter(found));
}

/** The turn that a keeper is started for. */
type KeptTurn = Pick<QueuedTurn["accepted"], "scope" | "name" | "sessionId" | "cwd">;

/** It does nothing until it is on record, which needs the lock that this process holds. */
async function start(
  context: Context,
  keeper: KeeperFolder,
  id: string,
  { scope, name, sessionId, cwd: workspace }: KeptTurn,
  failures: number,
) {
  const program = requireProgram(context);
  makeFolder(keeper.path);
  keeper.forget();
  const env = environmentOfAttendant(context);
  const process = await startInBackground([...program, KEEP, id], {
    cwd: workspace,
    env,
    logPath: keeper.logPath,
  });
  const since = context.now().toISOString();
  keeper.save({
    v: 1,
    process,
    agent: scope.agent,
    sessionId,
    name,
    workspace,
    since,
    program: stateOf(program),
    failures,
  });
  return process;
}

function keyOfTurn({ scope, sessionId }: Pick<KeptTurn, "scope" | "sessionId">): SessionKey {
  return { agent: scope.agent, sessionId };
}
