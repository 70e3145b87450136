import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import {
  type NameEntry,
  type NameScope,
  type NameTable,
  parseName,
  refuseMovesAgo,
} from "../../domain/names/name.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import { listWords } from "../../domain/words.ts";
import { pythonTimestamp } from "../../stores/file/names/mapping-format.ts";
import { fileState } from "../../system/files/keep.ts";
import { isWorkspaceGone, requireFolder, resolveWorkspace } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { takeStock } from "../conversation/baseline.ts";
import { readConversation } from "../conversation/conversation.ts";
import { pointAtKept } from "../conversation/guard.ts";
import { trunkOf } from "../conversation/lineage.ts";
import { localPlace } from "../conversation/local-place.ts";
import { copyOf, findTranscript } from "../conversation/transcript.ts";
import { wholeSessionId } from "../conversation/whole-id.ts";
import { onlyHere, requireTravel } from "../only-here.ts";
import { memoryOf, startOf } from "../turn/remembered.ts";
import { type FoundConversation, newestUnnamed, readBeginning, searchedAgents } from "./conversations.ts";
import { NamesOfSessions, type PlacedName } from "./tables.ts";
import { findTwin, refuseReserved } from "./taken.ts";

export interface AdoptRequest {
  name: string;
  workspace: string;
  agent?: string | undefined;
  /** The agent's own id of the conversation, or its beginning. Default: the one that was used last. */
  sessionId?: string | undefined;
  /** Where the newest conversation is looked for. Default: in the workspace. */
  beganIn?: readonly string[] | undefined;
  ifExists?: "fail" | "replace" | undefined;
}

export interface Adopted {
  name: string;
  agent: string;
  sessionId: string;
  /** What the name pointed at until now; absent for a new name. */
  previousSessionId: string | undefined;
  workspace: string;
  /** The folder the conversation began in; absent if that is the workspace. */
  beganIn: string | undefined;
  firstPrompt: string | undefined;
  /** The other names of the conversation, in all workspaces. */
  alsoNamed: PlacedName[];
}

type AdoptedOne = Pick<FoundConversation, "agent" | "sessionId" | "firstPrompt"> & { beganIn?: string };

/** Names a conversation that the agent has already. From then on its transcript is kept like any other. */
export async function adopt(context: Context, request: AdoptRequest): Promise<Adopted> {
  const { workspace, sessionId, ifExists = "fail" } = request;
  const name = parseName(request.name);
  requireFolder(workspace);
  const found =
    sessionId === undefined
      ? await findNewest(context, request)
      : await findById(context, sessionId, request.agent);
  const agent = context.findAgent(found.agent);
  const key = { agent: agent.name, sessionId: found.sessionId };
  const scope = { workspace, agent: agent.name };
  const share = context.line && (await shareable(context, agent, key, workspace));
  await context.runner.refresh(scope);
  const before = await context.store.list(scope);
  refuseTaken(context, before, name, ifExists);
  if (findTwin(before, name) === undefined) refuseMovesAgo(name);
  if (request.agent === undefined) await refuseAmbiguous(context, scope, name);
  const alsoNamed = (await NamesOfSessions.of(context, workspace)).of(key);
  let previous: NameEntry | undefined;
  await pointAtKept(
    context,
    key,
    async () => {
      await share?.();
      await record(context, key, workspace, alsoNamed);
      return true;
    },
    async () => {
      await context.store.update(scope, (names) => {
        refuseTaken(context, names, name, ifExists);
        previous = findTwin(names, name);
        const createdAt = pythonTimestamp(context.now());
        const memory = previous === undefined ? startOf(context, agent) : memoryOf(previous);
        const entry = { name: previous?.name ?? name, sessionId: key.sessionId, createdAt, ...memory };
        return [{ op: "set", entry, reason: "adopt" }];
      });
    },
  );
  // An equivalent name in another Unicode normal form keeps its spelling, as in the log and the mapping file.
  const given = previous?.name ?? name;
  const { firstPrompt, beganIn } = found;
  const isElsewhere = beganIn !== undefined && resolveWorkspace(beganIn, workspace) !== workspace;
  return {
    name: given,
    agent: agent.name,
    sessionId: key.sessionId,
    previousSessionId: previous?.sessionId,
    workspace,
    beganIn: isElsewhere ? beganIn : undefined,
    firstPrompt,
    alsoNamed: alsoNamed.filter((other) => other.name !== given || other.workspace !== workspace),
  };
}

/**
 * Returns what gives a conversation of this machine to all of them, so that any can continue it; one that they have already
 * stays as they have it.
 *
 * @throws AppError `unsupported` for a conversation that would not be whole on another machine
 */
async function shareable(
  context: Context,
  agent: Agent,
  key: SessionKey,
  workspace: string,
): Promise<() => Promise<void>> {
  const { line } = context;
  requireTravel(agent);
  if (await isShared(context, key)) return async () => undefined;
  const place = localPlace(agent, key.sessionId, { workspace, createdAt: context.now() }, context.env);
  const trunk = place && trunkOf(agent, place.transcript);
  if (trunk !== undefined)
    throw new AppError(
      "unsupported",
      `Conversation ${key.sessionId} is a fork that refers to the conversation ${trunk.from}, which only this machine has.`,
      { hint: onlyHere("Such a fork").hint },
    );
  return async () => place && line?.take(key, place);
}

/** Whether machines share the conversation already. */
async function isShared({ line, store }: Context, key: SessionKey): Promise<boolean> {
  return line !== undefined && (await store.session(key).record()) !== undefined;
}

/**
 * Records the conversation as ours, before a name points at it. A conversation with turns of ours has a
 * record already; its workspace changes only if no name in its old workspace points at it any more, or if
 * that workspace is gone.
 */
async function record(
  context: Context,
  key: SessionKey,
  workspace: string,
  alsoNamed: readonly PlacedName[],
): Promise<void> {
  const session = context.store.session(key);
  if ((await session.journal.last()) === undefined)
    await takeStock(context, key, { workspace, createdAt: context.now().toISOString() });
  const saved = await session.record();
  if (saved === undefined || saved.workspace === workspace) return;
  const isStillThere = alsoNamed.some((other) => other.workspace === saved.workspace);
  if (!isStillThere || isWorkspaceGone(saved.workspace))
    await session.changeRecord((now) => ({ ...now, workspace }));
}

async function findNewest(
  context: Context,
  { workspace, agent, beganIn = [workspace] }: AdoptRequest,
): Promise<AdoptedOne> {
  const { step, choice } = context.wording;
  const newest = await newestUnnamed(context, beganIn, agent);
  if (newest !== undefined) return newest;
  const agents = searchedAgents(context, agent);
  const verb = agents.length === 1 ? "has" : "have";
  throw new AppError(
    "no_such_conversation",
    `${titles(agents)} ${verb} no conversation without a name in ${workspace}.`,
    {
      hint: `See the conversations with: ${step("conversations", { workspace })} (another folder's need ${choice({ workspace: "DIR" })})`,
      facts: { workspace },
    },
  );
}

async function findById(context: Context, given: string, agentName: string | undefined): Promise<AdoptedOne> {
  const { step, choice } = context.wording;
  // Without a transcript, nothing shows that there is such a conversation.
  const asked = context
    .agentsOf(agentName)
    .filter(({ transcript }) => agentName !== undefined || transcript !== undefined);
  const sessionId = await wholeSessionId(context, asked, given);
  const possible = asked.filter((agent) => agent.isSessionId(sessionId));
  if (possible.length === 0) {
    throw new AppError(
      "usage",
      `${JSON.stringify(sessionId)} is not the id of a conversation of ${titles(asked, "or")}, nor the beginning of one.`,
      { hint: `See their ids with: ${step("conversations")}   or give none, for the newest one.` },
    );
  }
  for (const agent of possible) {
    const found = await lookFor(context, agent, sessionId);
    if (found !== undefined) return found;
  }
  for (const agent of context.agents) {
    const isOther = !asked.includes(agent) && agent.isSessionId(sessionId);
    if (isOther && (await lookFor(context, agent, sessionId)) !== undefined)
      throw missing(asked, sessionId, `${agent.title} has it: ${choice({ agent: agent.name })}`);
  }
  throw missing(asked, sessionId, `See the conversations with: ${step("conversations")}`);
}

function missing(agents: readonly Agent[], sessionId: string, hint: string): AppError {
  const verb = agents.length === 1 ? "has" : "have";
  return new AppError("no_such_conversation", `${titles(agents)} ${verb} no conversation ${sessionId}.`, {
    hint,
    facts: { session_id: sessionId },
  });
}

function titles(agents: readonly Agent[], before?: "and" | "or"): string {
  return listWords(
    agents.map(({ title }) => title),
    before,
  );
}

/** Finds a conversation of the agent, or one that the agent has lost and we can restore. */
async function lookFor(context: Context, agent: Agent, sessionId: string): Promise<AdoptedOne | undefined> {
  const key = { agent: agent.name, sessionId };
  if (await isShared(context, key)) return key;
  const conversation = await readConversation(context, key);
  const path = findTranscript(conversation);
  if (path === undefined) {
    const { transcript } = conversation.known;
    const copy = transcript && copyOf(conversation, transcript.path);
    return copy !== undefined && fileState(copy) !== undefined ? key : undefined;
  }
  return { ...key, ...readBeginning(agent, path, () => true) };
}

/** Without `--agent`, refuses a name that another agent has already: the name alone would be ambiguous. */
async function refuseAmbiguous(
  context: Context,
  { workspace, agent }: NameScope,
  name: string,
): Promise<void> {
  for (const other of context.agents) {
    if (other.name === agent || !findTwin(await context.store.list({ workspace, agent: other.name }), name))
      continue;
    throw new AppError(
      "name_exists",
      `The name ${JSON.stringify(name)} already exists in this workspace, for a conversation of ${other.title}.`,
      {
        hint: `Pick another one, or say that both are to have it: ${context.wording.choice({ agent })}`,
        facts: { name },
      },
    );
  }
}

function refuseTaken(
  context: Context,
  names: NameTable,
  name: string,
  ifExists: AdoptRequest["ifExists"],
): void {
  refuseReserved(context, names, name);
  const { step, choice } = context.wording;
  const there = findTwin(names, name);
  if (there === undefined || ifExists === "replace") return;
  throw new AppError("name_exists", `The name ${JSON.stringify(name)} already exists in this workspace.`, {
    hint: `Pick another one, or point it at this conversation with ${choice({ ifExists: "replace" })}; ${step("restore", { name, movesAgo: 1 })} takes that back.`,
    facts: { name, session_id: there.sessionId },
  });
}
