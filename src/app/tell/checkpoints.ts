import { reopenWords } from "../../agents/hooked-agents.ts";
import { agentOf, type Checkpoint, isWorthKeeping, lastSeenMs } from "../../domain/checkpoint/checkpoint.ts";
import { chooseCheckpoint, newestFirst } from "../../domain/checkpoint/choose.ts";
import { AppError } from "../../domain/errors.ts";
import { listIds, SHORTEST_PREFIX } from "../../domain/id-prefix.ts";
import { Checkpoints } from "../../stores/project/checkpoints.ts";
import type { Project } from "../../stores/project/folder.ts";
import { ResumeTrigger } from "../../stores/project/trigger.ts";
import type { Wording } from "../wording.ts";

/** What the plugin `session-persist` has saved of a conversation. */
export interface SavedCheckpoint {
  sessionId: string;
  agent: string;
  /** When the conversation was last seen; ISO 8601. Absent if no time can be read. */
  lastSeenAt?: string | undefined;
  /** When the conversation ended; ISO 8601. Absent if its end was not seen. */
  endedAt?: string | undefined;
  lastTask: string;
  /** Written only on request. */
  summary: string;
  isByHand: boolean;
  /** The checkpoint that the conversation was started from. */
  resumedFrom?: string | undefined;
  /** The command and its arguments that reopen the conversation itself. */
  openCommand: string[];
}

function viewOf(checkpoint: Checkpoint): SavedCheckpoint {
  const { sessionId, endedAt, lastTask, summary, isByHand, resumedFrom } = checkpoint;
  const agent = agentOf(checkpoint);
  const seenMs = lastSeenMs(checkpoint);
  const lastSeenAt = seenMs === 0 ? undefined : new Date(seenMs).toISOString();
  const openCommand = reopenWords(checkpoint);
  return { sessionId, agent, lastSeenAt, endedAt, lastTask, summary, isByHand, resumedFrom, openCommand };
}

export interface AskedProject extends Project {
  wording: Wording;
}

export interface CheckpointListing {
  /** The last seen first. */
  checkpoints: SavedCheckpoint[];
  /** Why some files can't be read as checkpoints. */
  problems: string[];
}

/** Lists the checkpoints of the session-persist plugin in a project. */
export function listCheckpoints(project: Project): CheckpointListing {
  const { checkpoints, problems } = new Checkpoints(project).list();
  return { checkpoints: newestFirst(checkpoints.filter(isWorthKeeping)).map(viewOf), problems };
}

/** `wanted` is the id of the checkpoint, the beginning of its id, or `latest`. */
export function resumeNext(
  project: AskedProject,
  wanted: string,
): { checkpoint: SavedCheckpoint; triggerPath: string } {
  const checkpoint = findCheckpoint(project, wanted);
  const trigger = new ResumeTrigger(project);
  trigger.set(checkpoint.sessionId);
  return { checkpoint: viewOf(checkpoint), triggerPath: trigger.path };
}

/**
 * Returns the checkpoint that would be deleted for `wanted`.
 *
 * @throws AppError `no_such_checkpoint`, `ambiguous_name`; `usage` for less of an id than nobody types by mistake
 */
export function checkpointToRemove(project: AskedProject, wanted: string): SavedCheckpoint {
  const found = findCheckpoint(project, wanted);
  if (found.sessionId !== wanted && wanted.length < SHORTEST_PREFIX) {
    throw new AppError("usage", `${JSON.stringify(wanted)} is too short to delete a checkpoint by.`, {
      hint: `Give at least ${SHORTEST_PREFIX} characters of the id: ${found.sessionId}`,
      facts: { wanted, among: [found.sessionId] },
    });
  }
  return viewOf(found);
}

/** Deletes a checkpoint with the link to its transcript; the agent's own transcript stays. */
export function removeCheckpoint(project: AskedProject, wanted: string): SavedCheckpoint {
  const found = checkpointToRemove(project, wanted);
  new Checkpoints(project).remove(found.sessionId);
  return found;
}

/**
 * Deletes, in the same way, the checkpoints of conversations last seen before `beforeMs` (epoch), the oldest
 * last. Keeps those saved by hand, and the one that the next conversation starts from.
 */
export function removeOldCheckpoints(project: Project, beforeMs: number): SavedCheckpoint[] {
  const checkpoints = new Checkpoints(project);
  const next = new ResumeTrigger(project).read();
  const isOld = (one: Checkpoint) => !one.isByHand && one.sessionId !== next && lastSeenMs(one) < beforeMs;
  const old = newestFirst(checkpoints.list().checkpoints).filter(isOld);
  return old.filter(({ sessionId }) => checkpoints.remove(sessionId, isOld)).map(viewOf);
}

function findCheckpoint(project: AskedProject, wanted: string): Checkpoint {
  const { checkpoints, problems } = new Checkpoints(project).list();
  const choice = chooseCheckpoint(wanted, checkpoints);
  if (choice.checkpoint !== undefined) return choice.checkpoint;
  const hint = `See what there is with: ${project.wording.step("checkpoints", { workspace: project.folder })}`;
  const facts = { project: project.folder, wanted, among: choice.among, problems };
  if (choice.problem === "several") {
    const listed = listIds(choice.among);
    const message = `${wanted} is the beginning of ${choice.among.length} session ids in ${project.folder}: ${listed}.`;
    throw new AppError("ambiguous_name", message, { hint, facts });
  }
  const message =
    wanted === "latest"
      ? `Nothing has been saved in ${project.folder} yet.`
      : `There is no checkpoint ${JSON.stringify(wanted)} in ${project.folder}.`;
  throw new AppError("no_such_checkpoint", message, { hint, facts });
}
