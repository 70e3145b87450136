import type { AppError } from "../../domain/errors.ts";
import type { NameScope } from "../../domain/names/name.ts";
import { listKeepers } from "../../stores/file/keepers.ts";
import { listStoredSessions } from "../../stores/file/sessions/stored.ts";
import type { GenerationState } from "../../system/locks/generation-lock.ts";
import { standingOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { type RunningTurn, settleTurns } from "../turn/settle.ts";
import type { ExaminedState, NamedSession } from "./examined.ts";
import { type Finding, foundOr, problem, problemsIn, warning } from "./finding.ts";

/**
 * Reports the ended turns whose end could not be recorded, and the turns on other machines or in other
 * containers.
 */
export async function checkTurns({ context }: ExaminedState): Promise<Finding[]> {
  const { running, queued } = await settleTurns(context, () => true);
  const open = running.flatMap((turn) => describe(context, turn));
  const firsts = running.filter(({ liveness }) => liveness === "waits").length;
  const living = running.length - open.length - firsts;
  const waits = [
    ...running.map(({ plan, why }) => ({ ...plan, acceptedAt: plan.startedAt, why })),
    ...queued.map(({ accepted, why, problem }) => ({ ...accepted, why, problem })),
  ];
  const findings = [...open, ...waits.flatMap((turn) => describeWaiting(context, turn))];
  const keepers = lookAtKeepers(context);
  findings.push(...keepers.findings);
  const waitingCount = queued.length + firsts;
  const waiting = waitingCount === 0 ? [] : [`${waitingCount} queued`];
  const words = [`${living} running`, ...waiting, ...keepers.words];
  return foundOr(findings, `Turns: ${words.join(", ")}; all others are recorded.`);
}

/** Finds the keepers that can't run what they keep, and counts the others; a stale one ended without leaving. */
function lookAtKeepers({ home }: Context): { findings: Finding[]; words: string[] } {
  const findings: Finding[] = [];
  let living = 0;
  let stale = 0;
  for (const { process, name, workspace } of listKeepers(home).flatMap((keeper) => keeper.record() ?? [])) {
    const standing = standingOf(process);
    if (standing === "gone") stale += 1;
    else living += 1;
    if (standing !== "suspended") continue;
    findings.push(
      warning(
        `The keeper of ${JSON.stringify(name)} in ${workspace} is stopped (process ${process.pid}), so what it keeps does not run.`,
        `Continue it with: kill -CONT ${process.pid}`,
      ),
    );
  }
  const counted = [
    { count: living, words: living === 1 ? "keeper" : "keepers" },
    { count: stale, words: "that ended without leaving, which gc cleans up after" },
  ];
  return {
    findings,
    words: counted.flatMap(({ count, words }) => (count === 0 ? [] : [`${count} ${words}`])),
  };
}

function describe(context: Context, { liveness, plan, problem: why }: RunningTurn): Finding[] {
  const { turnId, name, sessionId, scope } = plan;
  const whose = `Turn ${turnId} of ${JSON.stringify(name ?? sessionId ?? "")} in ${scope.workspace}`;
  if (why !== undefined)
    return [problem(`${whose} has ended, but its end can't be recorded. ${why.message}`, why.hint)];
  if (liveness !== "elsewhere") return [];
  return [
    warning(
      `${whose} runs, or ran, on another machine or in another container.`,
      `If that is gone for good: ${breakCommand(context, name ?? sessionId, scope)}`,
    ),
  ];
}

/** A turn that was accepted, and why no process runs it, if none does. */
interface Waits {
  why: string | undefined;
  problem?: AppError | undefined;
  turnId: string;
  name?: string | undefined;
  scope: NameScope;
  acceptedAt: string;
}

function describeWaiting(
  { wording }: Context,
  { turnId, name, scope, acceptedAt, why, problem: error }: Waits,
): Finding[] {
  if (why === undefined) return [];
  if (error !== undefined)
    return [
      problem(
        `Turn ${turnId} of ${JSON.stringify(name)} in ${scope.workspace} can't be run. ${error.message}`,
        error.hint,
      ),
    ];
  return [
    warning(
      `Turn ${turnId} of ${JSON.stringify(name)} in ${scope.workspace} has waited since ${acceptedAt}, and no process runs it: ${why}.`,
      `Run it from here with: ${wording.step("runWaiting", { name, workspace: scope.workspace })}`,
    ),
  ];
}

/**
 * Reports the locks whose owner is on another machine or in another container, and counts the locks whose
 * owner is gone.
 */
export function checkLocks(state: ExaminedState): Finding[] {
  let abandoned = 0;
  const findings: Finding[] = [];
  const look = (lock: { state(): GenerationState }, describe: (who: string) => Finding) => {
    const problems = problemsIn(() => {
      const found = lock.state();
      if (found.state === "abandoned") abandoned += 1;
      if (found.state === "elsewhere")
        findings.push(describe(`process ${found.owner.process.pid} on ${found.owner.process.host}`));
    });
    findings.push(...problems);
  };
  for (const session of listStoredSessions(state.context.home)) {
    const named = state.nameOf(session.digest);
    look(session.lock, (who) => heldElsewhere(state, named, session.path, who));
  }
  for (const names of state.names) look(names.lock, (who) => namesElsewhere(state, names.path, who));
  const gone = abandoned === 1 ? "1 lock has an owner" : `${abandoned} locks have owners`;
  return foundOr(
    findings,
    abandoned === 0
      ? "Every lock has a live owner that is visible from here."
      : `${gone} that exited; the next command releases ${abandoned === 1 ? "it" : "them"}.`,
  );
}

function heldElsewhere(
  { context }: ExaminedState,
  named: NamedSession | undefined,
  path: string,
  who: string,
): Finding {
  if (named === undefined) return warning(`${path} is locked by ${who}, which is not visible from here.`);
  return warning(
    `${JSON.stringify(named.entry.name)} in ${named.scope.workspace} is locked by ${who}, which is not visible from here.`,
    `If that is gone for good: ${breakCommand(context, named.entry.name, named.scope)}`,
  );
}

function namesElsewhere(state: ExaminedState, folder: string, who: string): Finding {
  const scope = state.logs.find((log) => state.context.home.namesFolder(log.scope) === folder)?.scope;
  if (scope === undefined) return warning(`${folder} is locked by ${who}, which is not visible from here.`);
  return warning(
    `The names of ${scope.workspace} (${scope.agent}) are locked by ${who}, which is not visible from here.`,
    `If that is gone for good: ${breakCommand(state.context, undefined, scope)}`,
  );
}

/** Returns what breaks the locks of a name, or without one the name locks of a scope. */
function breakCommand(
  { wording }: Context,
  name: string | undefined,
  { agent, workspace }: { agent: string; workspace: string },
): string {
  return wording.step("breakLock", { name, agent, workspace });
}
