import { basename, dirname, join } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { knownState } from "../../domain/session/known-state.ts";
import type { SessionKey, TranscriptState } from "../../domain/session/session.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { findFile } from "../../system/files/find-file.ts";
import {
  fileState,
  keepCopy,
  keepFolder,
  putBack,
  putFolderBack,
  syncFile,
} from "../../system/files/keep.ts";
import type { Context } from "../context.ts";
import { lineageOf } from "./lineage.ts";

/** Returns the present path of the agent's transcript; undefined when there is none. */
export function findTranscript(
  context: Context,
  agent: Agent,
  key: SessionKey,
  last: TranscriptState | undefined,
): string | undefined {
  const isThere = last !== undefined && fileState(last.path) !== undefined;
  return isThere ? last.path : locate(context, agent, key);
}

function locate(context: Context, agent: Agent, key: SessionKey): string | undefined {
  const { root, folders, file } = agent.transcript(key.sessionId, context.env);
  return findFile(root, folders, file);
}

/**
 * Makes the agent's transcript durable at the end of a turn and keeps a hard link to it, so that the
 * conversation survives the agent's own cleanup. Returns the transcript's present state, or `last` where
 * there is no transcript. If no copy can be made, only notifies: the turn has run.
 */
export function keepTranscript(
  context: Context,
  agent: Agent,
  key: SessionKey,
  last: TranscriptState | undefined,
): TranscriptState | undefined {
  try {
    keep(context, agent, key, last);
  } catch (error) {
    const reason = errnoOf(error) ?? (error instanceof Error ? error.message : String(error));
    context.notify(`No copy of the transcript could be kept (${reason}); the turn itself is recorded.`);
  }
  try {
    // With or without a copy: the present size is the new baseline, and later growth is foreign.
    return stateNow(context, agent, key, last) ?? last;
  } catch {
    return last;
  }
}

function keep(context: Context, agent: Agent, key: SessionKey, last: TranscriptState | undefined): void {
  const now = stateNow(context, agent, key, last);
  if (now === undefined) return;
  const kept = context.home.transcriptFolder(key);
  syncFile(now.path);
  keepCopy(now.path, join(kept, basename(now.path)));
  if (now.sideFolder !== undefined) keepFolder(now.sideFolder, join(kept, "side"));
}

function stateNow(
  context: Context,
  agent: Agent,
  key: SessionKey,
  last: TranscriptState | undefined,
): TranscriptState | undefined {
  const path = findTranscript(context, agent, key, last);
  const state = path === undefined ? undefined : fileState(path);
  if (path === undefined || state === undefined) return undefined;
  const { sideFolder: side } = agent.transcript(key.sessionId, context.env);
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

/**
 * Makes sure that the agent still has the conversation, and restores its transcript from our copy if the
 * agent has lost it. `hint` is for people, for the case that no copy is left either.
 *
 * @throws AppError `conversation_lost` when neither the agent nor we have it, `conversation_changed` when the
 * transcript, or our copy, is shorter than it was and `trustTranscript` is not set.
 */
export function readyTranscript(
  context: Context,
  agent: Agent,
  key: SessionKey,
  last: TranscriptState | undefined,
  { name, trustTranscript, hint }: { name: string; trustTranscript: boolean; hint?: string | undefined },
): Readiness {
  const path = findTranscript(context, agent, key, last);
  const found = path === undefined ? undefined : fileState(path);
  const there = path === undefined || found === undefined ? {} : { path, ...found };
  // The conversation was named elsewhere and has no turn of ours yet: the agent itself reports whether it
  // exists.
  if (last === undefined) return { continuity: "native", foreignBytes: 0, ...there };
  if (found === undefined) return restore(context, agent, key, last, { name, trustTranscript, hint });
  if (found.bytes < last.bytes && !trustTranscript) {
    throw new AppError(
      "conversation_changed",
      `The transcript of ${JSON.stringify(name)} is shorter than at the end of its last turn: ${found.bytes} bytes, not ${last.bytes} (${path}).`,
      {
        hint: "Another program has rewritten it. Look at it, and add --trust-transcript to continue with what is there.",
        facts: { transcript: path, bytes: found.bytes, expected_bytes: last.bytes },
      },
    );
  }
  return { continuity: "native", ...there, ...grownTo(found.bytes, last) };
}

/**
 * Does the same for the ancestors by fork, if the agent reads their transcripts too.
 *
 * @throws AppError `conversation_lost`
 */
export async function readyAncestors(
  context: Context,
  agent: Agent,
  key: SessionKey,
  name: string,
  hint?: string | undefined,
): Promise<void> {
  if (agent.can.fork !== "refers") return;
  for (const id of await trunksOf(context, key)) {
    const parent = context.store.session({ agent: agent.name, sessionId: id });
    const { transcript } = knownState(await parent.record(), await parent.journal.last());
    readyTranscript(context, agent, parent.key, transcript, { name, trustTranscript: true, hint });
  }
}

/** Returns the conversations whose history this one began with, the nearest first. */
async function trunksOf(context: Context, key: SessionKey): Promise<string[]> {
  const line = await lineageOf(context, key);
  const root = line.findIndex(({ began }) => began !== "forked");
  return line.slice(1, root + 1).map(({ sessionId }) => sessionId);
}

function restore(
  context: Context,
  agent: Agent,
  key: SessionKey,
  last: TranscriptState,
  { name, trustTranscript, hint }: { name: string; trustTranscript: boolean; hint?: string | undefined },
): Readiness {
  const kept = context.home.transcriptFolder(key);
  const copy = join(kept, basename(last.path));
  const found = fileState(copy);
  if (found === undefined) {
    throw new AppError(
      "conversation_lost",
      `${agent.title} no longer has the conversation of ${JSON.stringify(name)} (${key.sessionId}), and no copy is left.`,
      {
        hint,
        facts: { session_id: key.sessionId, transcript: last.path },
      },
    );
  }
  if (found.bytes < last.bytes && !trustTranscript) {
    throw new AppError(
      "conversation_changed",
      `${agent.title} no longer has the conversation of ${JSON.stringify(name)} (${key.sessionId}), and our copy lacks its end: ${found.bytes} bytes, not ${last.bytes}.`,
      {
        hint: "No newer copy could be kept. Add --trust-transcript to continue with what is left.",
        facts: { transcript: copy, bytes: found.bytes, expected_bytes: last.bytes },
      },
    );
  }
  try {
    putBack(copy, last.path);
    if (last.sideFolder !== undefined) putFolderBack(join(kept, "side"), last.sideFolder);
  } catch (error) {
    throw stateError(error, "write", last.path);
  }
  context.notify(`${agent.title} had lost this conversation; its transcript was put back.`);
  // The copy is a hard link: it includes what others had added before the transcript was lost.
  const { inode = found.inode } = fileState(last.path) ?? {};
  return { continuity: "restored", path: last.path, inode, ...grownTo(found.bytes, last) };
}

function grownTo(bytes: number, last: TranscriptState): Pick<Readiness, "bytes" | "foreignBytes"> {
  return { bytes, foreignBytes: Math.max(0, bytes - last.bytes) };
}
