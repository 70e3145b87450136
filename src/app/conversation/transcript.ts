import { basename, dirname, join } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import type { SessionKey, TranscriptState } from "../../domain/session/session.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { findFile } from "../../system/files/find.ts";
import { removeFile } from "../../system/files/folder.ts";
import { fileState, keepCopy, keepFolder, putBack, putFolderBack } from "../../system/files/keep.ts";
import { syncPath } from "../../system/files/write.ts";
import { readLines } from "../../system/lines/read.ts";
import type { Context } from "../context.ts";
import { type Conversation, readConversation } from "./conversation.ts";
import { lineageOf } from "./lineage.ts";

/** Returns the present path of the agent's transcript; undefined when there is none. */
export function findTranscript({ context, agent, key, known }: Conversation): string | undefined {
  const path = known.transcript?.path;
  if (path !== undefined && fileState(path) !== undefined) return path;
  const found = locateTranscript(context, agent, key.sessionId);
  const { safeName } = agent.transcript?.(key.sessionId, context.env) ?? {};
  // Once a transcript has its safe name, the agent leaves only scraps under the others.
  const isScrap = path !== undefined && basename(path) === safeName && basename(found ?? "") !== safeName;
  return isScrap ? undefined : found;
}

/** Searches for the transcript in the agent's folders. */
export function locateTranscript(context: Context, agent: Agent, sessionId: string): string | undefined {
  const place = agent.transcript?.(sessionId, context.env);
  return place && findFile(place.root, place.folders, place.file, place);
}

/** Returns the agent's own transcript; without it, our copy. */
export function transcriptOrCopy(
  context: Context,
  agent: Agent,
  sessionId: string,
  own = locateTranscript(context, agent, sessionId),
): string | undefined {
  const place = agent.transcript?.(sessionId, context.env);
  const kept = context.home.transcriptFolder({ agent: agent.name, sessionId });
  return own ?? (place && findFile(kept, [], place.file, place));
}

/** Returns where our copy of a transcript is, if one was kept. */
export function copyOf({ context, key }: Conversation, path: string): string {
  return join(context.home.transcriptFolder(key), basename(path));
}

/**
 * Makes the agent's transcript durable at the end of a turn and keeps a hard link to it, so that the
 * conversation survives the agent's own cleanup. Returns the transcript's present state, or `last` where
 * there is no transcript. If no copy can be made, only notifies: the turn has run.
 */
export function keepTranscript(conversation: Conversation): TranscriptState | undefined {
  const last = conversation.known.transcript;
  let path = findTranscript(conversation);
  try {
    if (path !== undefined) path = shelter(conversation, path);
    keep(conversation, path);
  } catch (error) {
    const reason = errnoOf(error) ?? (error instanceof Error ? error.message : String(error));
    conversation.context.notify(
      `No copy of the transcript could be kept (${reason}); the turn itself is recorded.`,
    );
  }
  try {
    // With or without a copy: the present size is the new baseline, and later growth is foreign.
    return stateOf(conversation, path) ?? last;
  } catch {
    return last;
  }
}

/**
 * Gives a transcript the name under which its agent spares it, and returns its path. Only one that our own turn has
 * begun loses its other name: a window of its user may write to any other under that name.
 */
function shelter({ agent, context, key, record }: Conversation, path: string): string {
  const { safeName } = agent.transcript?.(key.sessionId, context.env) ?? {};
  const safe = safeName && join(dirname(path), safeName);
  if (safe === undefined || safe === "" || safe === path) return path;
  keepCopy(path, safe, { mayCopy: false });
  // On a file system without hard links it keeps its name, and is only put back when it is lost.
  if (fileState(safe)?.inode !== fileState(path)?.inode) return path;
  if (record?.began !== undefined) removeFile(path);
  return safe;
}

function keep(conversation: Conversation, path: string | undefined): void {
  const now = stateOf(conversation, path);
  if (now === undefined) return;
  syncPath(now.path);
  keepCopy(now.path, copyOf(conversation, now.path));
  if (now.sideFolder !== undefined) keepFolder(now.sideFolder, copyOf(conversation, "side"));
}

function stateOf(conversation: Conversation, path: string | undefined): TranscriptState | undefined {
  const state = path === undefined ? undefined : fileState(path);
  if (path === undefined || state === undefined) return undefined;
  const { agent, key, context } = conversation;
  const side = agent.transcript?.(key.sessionId, context.env).sideFolder;
  return { path, ...state, ...(side === undefined ? {} : { sideFolder: join(dirname(path), side) }) };
}

export interface Readiness {
  continuity: "native" | "restored";
  /** The transcript's path, inode and size; absent where no transcript was found. */
  path?: string;
  inode?: string;
  bytes?: number;
  /** Bytes that others have added to the transcript since our last turn. */
  foreignBytes: number;
}

export interface ReadyOptions {
  /** The conversation in messages. */
  name: string;
  /** Accept a transcript that has become shorter. Default: true. */
  trustTranscript?: boolean | undefined;
  /** What to do if no copy is left either. */
  hint?: string | undefined;
}

/**
 * Makes sure that the agent still has the conversation, and restores its transcript from our copy if the
 * agent has lost it.
 *
 * @throws AppError `conversation_lost` when neither the agent nor we have it, `conversation_changed` when the
 * transcript, or our copy, is shorter than it was and `trustTranscript` is not set.
 */
export function readyTranscript(
  conversation: Conversation,
  { name, trustTranscript = true, hint }: ReadyOptions,
): Readiness {
  const last = conversation.known.transcript;
  const path = findTranscript(conversation);
  const found = path === undefined ? undefined : fileState(path);
  const there = path === undefined || found === undefined ? {} : { path, ...found };
  // The conversation was named elsewhere and has no turn of ours yet: the agent itself reports whether it
  // exists.
  if (last === undefined) return { continuity: "native", foreignBytes: 0, ...there };
  if (found === undefined) return restore(conversation, last, { name, trustTranscript, hint });
  if (found.bytes < last.bytes && !trustTranscript) {
    throw new AppError(
      "conversation_changed",
      `The transcript of ${JSON.stringify(name)} is shorter than at the end of its last turn: ${found.bytes} bytes, not ${last.bytes} (${path}).`,
      {
        hint: `Another program has rewritten it. Check the transcript, and add ${conversation.context.wording.choice({ trustTranscript: true })} to continue with what is there.`,
        facts: { transcript: path, bytes: found.bytes, expected_bytes: last.bytes },
      },
    );
  }
  const continuity = conversation.known.isImported ? "restored" : "native";
  return { continuity, ...there, ...grownTo(conversation.agent, { path, ...found }, last) };
}

/**
 * Does the same for the ancestors by fork, if the agent reads their transcripts too.
 *
 * @throws AppError `conversation_lost`
 */
export async function readyAncestors(
  { context, agent, key }: Conversation,
  { name, hint }: Pick<ReadyOptions, "name" | "hint">,
): Promise<void> {
  if (agent.can.fork !== "refers") return;
  for (const sessionId of await parentsOf(context, key))
    readyTranscript(await readConversation(context, { ...key, sessionId }), { name, hint });
}

/** Returns the conversations whose history this one began with, the nearest first. */
async function parentsOf(context: Context, key: SessionKey): Promise<string[]> {
  const line = await lineageOf(context, key);
  const root = line.findIndex(({ began }) => began !== "forked");
  return line.slice(1, root + 1).map(({ sessionId }) => sessionId);
}

function restore(
  conversation: Conversation,
  last: TranscriptState,
  { name, trustTranscript, hint }: ReadyOptions,
): Readiness {
  const { context, agent, key } = conversation;
  const copy = copyOf(conversation, last.path);
  const found = fileState(copy);
  const gone = `${agent.title} no longer has the conversation of ${JSON.stringify(name)} (${key.sessionId})`;
  if (found === undefined) {
    throw new AppError("conversation_lost", `${gone}, and no copy is left.`, {
      hint,
      facts: { session_id: key.sessionId, transcript: last.path },
    });
  }
  if (found.bytes < last.bytes && !trustTranscript) {
    throw new AppError(
      "conversation_changed",
      `${gone}, and the copy of agent-sessions is incomplete: ${found.bytes} of ${last.bytes} bytes.`,
      {
        hint: `No newer copy could be kept. Add ${context.wording.choice({ trustTranscript: true })} to continue with what is left.`,
        facts: { transcript: copy, bytes: found.bytes, expected_bytes: last.bytes },
      },
    );
  }
  try {
    putBack(copy, last.path);
    if (last.sideFolder !== undefined) putFolderBack(copyOf(conversation, "side"), last.sideFolder);
  } catch (error) {
    throw stateError(error, "write", last.path);
  }
  context.notify(
    `${agent.title} had lost the transcript of this conversation; agent-sessions has put it back.`,
  );
  // The copy is a hard link: it includes what others had added before the transcript was lost.
  const { inode = found.inode } = fileState(last.path) ?? {};
  const there = { path: last.path, bytes: found.bytes };
  return { continuity: "restored", path: last.path, inode, ...grownTo(agent, there, last) };
}

function grownTo(
  agent: Agent,
  { path, bytes }: { path: string | undefined; bytes: number },
  last: TranscriptState,
): Pick<Readiness, "bytes" | "foreignBytes"> {
  const grown = Math.max(0, bytes - last.bytes);
  const isForeign = grown > 0 && path !== undefined && saysSomething(agent, path, last.bytes);
  return { bytes, foreignBytes: isForeign ? grown : 0 };
}

/** Whether a transcript has more than the agent's bookkeeping from `from` on: an agent that stays writes some when it exits. */
function saysSomething({ isBookkeeping }: Agent, path: string, from: number): boolean {
  if (isBookkeeping === undefined) return true;
  for (const line of readLines(path, from)) if (!isBookkeeping(parseJson(line))) return true;
  return false;
}
