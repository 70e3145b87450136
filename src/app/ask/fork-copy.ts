import { basename, dirname, join } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import { type NameEntry, type NameScope, parseName, parseNewName } from "../../domain/names/name.ts";
import type { SessionKey, SessionRecord } from "../../domain/session/session.ts";
import { pythonTimestamp } from "../../stores/file/names/mapping-format.ts";
import { StoredSession } from "../../stores/file/sessions/stored.ts";
import { stateError } from "../../system/errors.ts";
import { copyLines } from "../../system/files/copy-lines.ts";
import { removeFile } from "../../system/files/folder.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import { checkBudget, withBudget } from "../budget/check.ts";
import type { Context } from "../context.ts";
import { takeStock } from "../conversation/baseline.ts";
import { readConversation } from "../conversation/conversation.ts";
import { pointAtKept } from "../conversation/guard.ts";
import { readyParent } from "../conversation/parent.ts";
import { findTranscript } from "../conversation/transcript.ts";
import { findTwin } from "../names/taken.ts";
import { takeSession } from "../turn/acquire.ts";
import { checkTurn } from "../turn/plan.ts";
import { accessLearned, inheritedMemory, remember, settingsIn } from "../turn/remembered.ts";
import { withDeadline } from "../turn/running/deadline.ts";
import { newTicket } from "../turn/ticket.ts";
import { type CreateRequest, refuseTaken } from "./create.ts";
import { type ForkRequest, planFork } from "./fork.ts";

/** A fork that was made without a turn. */
export interface ForkedByCopy {
  name: string;
  agent: string;
  sessionId: string;
  /** The conversation whose history it begins with. */
  parentSessionId: string;
  workspace: string;
}

/** A fork that may need no turn. */
interface FreeForkRequest extends ForkRequest {
  /** Whether `onEnd` is only what the settings say of turns. */
  isOnEndSetting: boolean;
}

/**
 * Forks a conversation without a turn: its transcript is copied under a new id, as it is at this moment. Waits while a
 * turn runs in the parent.
 *
 * @returns undefined where only a turn can fork: another agent, or a request with a prompt or what only a turn can meet
 * @throws AppError as `fork` does
 */
export async function forkByCopy(
  context: Context,
  request: FreeForkRequest,
  /** Called before it waits. */
  listen: () => AbortSignal | undefined,
): Promise<ForkedByCopy | undefined> {
  // Its transcript is on whatever machine runs the next turn.
  if (context.line !== undefined) return undefined;
  const { from, workspace } = request;
  // What they ask for is that of a turn.
  const onEnd = request.isOnEndSetting ? undefined : request.onEnd;
  const asksForTurn = [request.prompt, request.schemaText, request.request, request.tree, onEnd];
  if (asksForTurn.some((one) => one !== undefined)) return undefined;
  const planned = await planFork(context, request);
  const agent = context.findAgent(planned.agent);
  const parentId = planned.begins?.forkOf;
  if (agent.copyLine === undefined || parentId === undefined) return undefined;
  // A changed role is told to the agent as the version of the last turn wants it, which a copy does not know.
  if (planned.isRoleChanged || (await hasNewSettings(context, request, planned))) return undefined;
  requireFolder(workspace);
  return withDeadline(context, planned, listen(), (asked, signal) =>
    copyAndName(context, { agent, from, parentId }, asked, signal),
  );
}

/** Returns undefined if the agent keeps the parent where nobody can look. */
async function copyAndName(
  context: Context,
  { agent, from, parentId }: { agent: Agent; from: string; parentId: string },
  planned: CreateRequest,
  signal: AbortSignal | undefined,
): Promise<ForkedByCopy | undefined> {
  const { workspace } = planned;
  const scope = { workspace, agent: agent.name };
  await context.runner.refresh(scope);
  const names = await context.store.list(scope, signal);
  const name = findTwin(names, parseName(planned.name))?.name ?? parseNewName(planned.name);
  refuseTaken(context, names, name, planned);
  await checkTurn(context, agent, { ...planned, prompt: planned.prompt ?? "" });
  const { budget } = planned;
  const own = withBudget(name, budget);
  await checkBudget(context, { agent, names: [own], workspace }, planned);
  const parent: SessionKey = { agent: agent.name, sessionId: parentId };
  const ticket = newTicket(context, planned.deadlineAt);
  const held = await takeSession(context, {
    key: parent,
    label: from,
    workspace,
    ticket,
    ifBusy: "wait",
    signal,
  });
  try {
    await readyParent(context, parent, from);
    const key = { agent: agent.name, sessionId: context.newUuid() };
    const copied = await copyTranscript(context, agent, parent, key.sessionId);
    if (copied === undefined) return undefined;
    try {
      await nameCopy(context, { key, name, parentId, copiedBytes: copied.bytes }, planned, signal);
    } catch (error) {
      await forget(context, scope, { key, path: copied.path });
      throw error;
    }
    return { name, ...key, parentSessionId: parentId, workspace };
  } finally {
    await held.release();
  }
}

/** Whether settings are given that the parent's name does not remember: only a turn shows whether they work. */
async function hasNewSettings(
  context: Context,
  request: ForkRequest,
  planned: CreateRequest,
): Promise<boolean> {
  const none = { model: undefined, effort: undefined, agentCommand: undefined, agentArgs: undefined };
  const given = [request.model, request.effort, request.agentCommand, request.agentArgs];
  if (given.every((one) => one === undefined)) return false;
  const remembered = await planFork(context, { ...request, ...none });
  const settings = (asked: CreateRequest) => {
    const { model, effort, agentCommand, agentArgs } = settingsIn(context, asked);
    return JSON.stringify([model, effort, agentCommand, agentArgs]);
  };
  return settings(planned) !== settings(remembered);
}

/** Returns the copy; undefined if the agent keeps the parent where nobody can look. */
async function copyTranscript(
  context: Context,
  agent: Agent,
  parent: SessionKey,
  sessionId: string,
): Promise<{ path: string; bytes: number } | undefined> {
  const path = findTranscript(await readConversation(context, parent));
  const { copyLine } = agent;
  if (path === undefined || copyLine === undefined) return undefined;
  // As claude 2.1.332 in its own forks, without the folder of side files.
  const { safeName } = agent.transcript?.(sessionId, context.env) ?? {};
  const target = join(dirname(path), safeName ?? basename(path).replaceAll(parent.sessionId, sessionId));
  try {
    const bytes = copyLines(path, target, (line) => copyLine(line, sessionId));
    return { path: target, bytes };
  } catch (error) {
    throw stateError(error, "write", target);
  }
}

/** Deletes a copy, and what we keep of it, unless a name points at it. */
async function forget(
  context: Context,
  scope: NameScope,
  { key, path }: { key: SessionKey; path: string },
): Promise<void> {
  const { entries } = await context.store.list(scope);
  if ([...entries.values()].some(({ sessionId }) => sessionId === key.sessionId)) return;
  removeFile(path);
  const stored = StoredSession.of(context.home, key);
  // Nobody else knows the id; only gc can have the lock, and then it deletes this itself.
  const held = await context.store.session(key).lock.tryTake("");
  if (held === undefined) return;
  try {
    stored.remove();
  } finally {
    await held.release();
  }
}

/** Records the copy as ours, then lets the name point at it: a crash before that leaves a conversation without a name. */
async function nameCopy(
  context: Context,
  copy: { key: SessionKey; name: string; parentId: string; copiedBytes: number },
  planned: CreateRequest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { workspace, roleText, isRoleChanged, budget } = planned;
  const access = accessLearned(planned);
  const { key, name, parentId, copiedBytes } = copy;
  const now = context.now();
  const record: SessionRecord = {
    ...key,
    workspace,
    createdAt: now.toISOString(),
    began: "forked",
    parentId,
    copiedBytes,
    ...(roleText === undefined ? {} : { roleText }),
    ...(isRoleChanged ? { isRoleChanged } : {}),
    ...(access === undefined ? {} : { access }),
  };
  const entry: NameEntry = remember(
    { name, sessionId: key.sessionId, createdAt: pythonTimestamp(now), ...inheritedMemory(planned) },
    settingsIn(context, planned),
  );
  if (budget !== undefined) entry.budget = budget;
  const isKept = async () => {
    await context.store.session(key).saveRecord(record);
    await takeStock(context, key, record);
    return true;
  };
  await pointAtKept(context, key, isKept, async () => {
    await context.store.update(
      { workspace, agent: key.agent },
      (names) => {
        refuseTaken(context, names, name, planned);
        return [{ op: "set", entry, reason: "create" }];
      },
      signal,
    );
  });
}
