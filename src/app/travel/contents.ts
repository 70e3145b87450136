import { dirname, join } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import type { SessionKey, SessionRecord, TurnEnded } from "../../domain/session/session.ts";
import { isSidePath } from "../../domain/travel/format.ts";
import { fileState, filesBelow } from "../../system/files/keep.ts";
import { completeBytes } from "../../system/lines/parts.ts";
import type { Context } from "../context.ts";
import { readConversation } from "../conversation/conversation.ts";
import { ownKeysOf, trunkOf } from "../conversation/lineage.ts";
import { copyOf, findTranscript, transcriptOrCopy } from "../conversation/transcript.ts";

/** What of one conversation travels. */
export interface TravellingConversation {
  sessionId: string;
  record: SessionRecord | undefined;
  turns: readonly TurnEnded[];
  files: readonly TravellingFile[];
  /** The file that its turns tell their places in. */
  inode?: string;
}

interface TravellingFile {
  what: "transcript" | "side";
  /** Where it is. */
  source: string;
  /** Where it belongs, below the folder of side files. */
  path?: string;
  /** How much of it: all complete lines of a transcript, or what a fork refers to. */
  bytes: number;
}

/**
 * Returns the conversation of a name and those that it needs, the nearest first: the ones whose turns are its own, and
 * where the agent reads their transcripts too, the ancestors of a fork, up to where it left them.
 *
 * @throws AppError `conversation_lost`
 */
export async function contentsOf(
  context: Context,
  agent: Agent,
  { name, sessionId }: { name: string; sessionId: string },
): Promise<TravellingConversation[]> {
  const key = { agent: agent.name, sessionId };
  const found: TravellingConversation[] = [];
  for (const own of await ownKeysOf(context, key)) {
    const { record, session } = await readConversation(context, own);
    found.push({ sessionId: own.sessionId, record, turns: await session.journal.read(), files: [] });
  }
  const [first] = found;
  if (first === undefined) return [];
  const transcript = await transcriptFor(context, agent, key);
  if (transcript === undefined) throw lost(agent, name, sessionId);
  const state = fileState(transcript);
  first.files = [
    { what: "transcript", source: transcript, bytes: completeBytes(transcript) },
    ...sideFiles(context, agent, key, transcript),
  ];
  if (state !== undefined) first.inode = state.inode;
  return [...found, ...(await ancestorsOf(context, agent, { name, path: transcript, known: found }))];
}

async function ancestorsOf(
  context: Context,
  agent: Agent,
  { name, path, known }: { name: string; path: string; known: readonly TravellingConversation[] },
): Promise<TravellingConversation[]> {
  if (agent.can.fork !== "refers") return [];
  const ancestors: TravellingConversation[] = [];
  const seen = new Set(known.map(({ sessionId }) => sessionId));
  for (let base = trunkOf(agent, path); base !== undefined && !seen.has(base.from); ) {
    const { from: sessionId, bytes } = base;
    seen.add(sessionId);
    const key = { agent: agent.name, sessionId };
    const source = await transcriptFor(context, agent, key);
    if (source === undefined) throw lost(agent, name, sessionId);
    const record = await context.store.session(key).record();
    const whole = completeBytes(source);
    const files = [{ what: "transcript" as const, source, bytes: Math.min(bytes ?? whole, whole) }];
    ancestors.push({ sessionId, record, turns: [], files });
    base = trunkOf(agent, source);
  }
  return ancestors;
}

async function transcriptFor(context: Context, agent: Agent, key: SessionKey): Promise<string | undefined> {
  const own = findTranscript(await readConversation(context, key));
  return transcriptOrCopy(context, agent, key.sessionId, own);
}

/** Returns whose history a transcript refers to, and how much of it. */
function* sideFiles(
  context: Context,
  agent: Agent,
  key: SessionKey,
  transcript: string,
): Generator<TravellingFile> {
  const { sideFolder } = agent.transcript?.(key.sessionId, context.env) ?? {};
  if (sideFolder === undefined) return;
  const kept = copyOf({ context, key } as Parameters<typeof copyOf>[0], "side");
  const beside = join(dirname(transcript), sideFolder);
  const folder = filesBelow(beside).length > 0 ? beside : kept;
  for (const path of filesBelow(folder)) {
    const source = join(folder, path);
    const state = fileState(source);
    if (state === undefined) continue;
    if (isSidePath(path)) yield { what: "side", source, path, bytes: state.bytes };
    else context.notify(`${source} is left out: its name can't be taken to another machine.`);
  }
}

function lost(agent: Agent, name: string, sessionId: string): AppError {
  return new AppError(
    "conversation_lost",
    `There is no transcript of the conversation ${sessionId}, which ${JSON.stringify(name)} needs: ${agent.title} does not have it, and no copy is left.`,
    { facts: { session_id: sessionId } },
  );
}
