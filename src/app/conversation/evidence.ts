import type { Agent } from "../../domain/agent/agent.ts";
import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import { parseJson } from "../../domain/parse-json.ts";
import type { TurnEnded } from "../../domain/session/session.ts";
import { type Before, evidenceIn, isWanted, type TurnEvidence } from "../../domain/turn/evidence.ts";
import type { PlannedSend, TurnPlan } from "../../stores/file/turns/plan.ts";
import { type FileState, fileState } from "../../system/files/keep.ts";
import { readLines } from "../../system/lines/read.ts";
import type { Context } from "../context.ts";
import type { Conversation } from "./conversation.ts";
import { findTranscript, transcriptOrCopy } from "./transcript.ts";

/**
 * Looks for a turn in the part of the transcript that was added since the turn began. Returns undefined
 * without a transcript, or where it is unknown what was in it before.
 */
export function findEvidence(
  conversation: Conversation,
  plan: TurnPlan,
  prompt: string,
): TurnEvidence | undefined {
  const { agent } = conversation;
  const path = findTranscript(conversation);
  const found = path === undefined ? undefined : fileState(path);
  if (path === undefined || found === undefined) return undefined;
  const begin = beginningOf(conversation, plan, { path, ...found }, prompt);
  // Nothing that was there before the turn has its id, and nothing that others say: no beginning is needed.
  if (plan.promptId !== undefined)
    return evidenceIn(readTranscript(agent, path, begin?.from ?? 0), { promptId: plan.promptId }, "history");
  if (begin === undefined) return undefined;
  const evidence = evidenceIn(readTranscript(agent, path, begin.from), { text: prompt }, begin.before);
  // An agent may rewrite the words of a prompt, so that it is there but can't be found.
  return evidence?.hasPrompt === false && !agent.keepsWords(prompt) ? {} : evidence;
}

/** Returns where in its transcript a turn begins; undefined where that is unknown. */
function beginningOf(
  { context, agent, key: { sessionId } }: Conversation,
  plan: TurnPlan,
  found: FileState & { path: string },
  prompt: string,
): { from: number; before: Before } | undefined {
  if (plan.kind === "send" && sessionId === plan.sessionId) return markOf(plan, found);
  const source = plan.kind === "send" ? plan.sessionId : plan.forkOf;
  const startsOver = source === undefined || (plan.kind === "send" && agent.startsOver(prompt));
  if (startsOver || refersTo(agent, found.path, source)) return { from: 0, before: "nothing" };
  const before = idsIn(context, agent, source);
  return before.size === 0 ? undefined : { from: 0, before };
}

/**
 * Returns where in the transcript a turn of an existing conversation begins; undefined where that is unknown.
 */
export function findTurnStart(
  conversation: Conversation,
  plan: PlannedSend,
): { path: string; from: number } | undefined {
  const path = findTranscript(conversation);
  const found = path === undefined ? undefined : fileState(path);
  const mark = found === undefined ? undefined : markOf(plan, found);
  return path === undefined || mark === undefined ? undefined : { path, from: mark.from };
}

/**
 * Returns the turn's transcript mark if it is still valid: the file is the same, and has not become shorter.
 */
function markOf(
  { transcriptMark, transcriptBytes }: PlannedSend,
  found: FileState,
): { from: number; before: Before } | undefined {
  if (transcriptMark === undefined) {
    // A plan of version 0.1, which recorded only the size.
    const isKnown = transcriptBytes !== undefined && transcriptBytes <= found.bytes;
    return isKnown ? { from: transcriptBytes, before: "history" } : undefined;
  }
  const { inode, bytes } = transcriptMark;
  if (inode === undefined) return { from: 0, before: "nothing" };
  return inode === found.inode && bytes <= found.bytes ? { from: bytes, before: "history" } : undefined;
}

/** Whether a transcript refers to the history of another conversation instead of copying it. */
function refersTo(agent: Agent, path: string, sessionId: string): boolean {
  const [first] = readTranscript(agent, path, 0);
  return first?.type === "forked" && first.from === sessionId;
}

/** Returns the ids of all messages of a conversation: an agent that copies it keeps the ids. */
function idsIn(context: Context, agent: Agent, sessionId: string): ReadonlySet<string> {
  const path = transcriptOrCopy(context, agent, sessionId);
  const ids = new Set<string>();
  for (const event of path === undefined ? [] : readTranscript(agent, path, 0))
    if (event.type !== "forked" && event.messageId !== undefined) ids.add(event.messageId);
  return ids;
}

/** Whether a transcript has a prompt or an answer after this offset. */
export function hasSpokenBehind(agent: Agent, path: string, from: number): boolean {
  for (const { type } of readTranscript(agent, path, from))
    if (type === "prompt" || type === "answer") return true;
  return false;
}

/**
 * Returns the id of the last message before a prompt, as the place to rewind to. Undefined where the prompt
 * opened the conversation, or is not in it.
 */
export function findPlaceBefore(
  conversation: Conversation,
  { prompt, promptId }: Pick<TurnEnded, "prompt" | "promptId">,
): string | undefined {
  const { agent } = conversation;
  const path = findTranscript(conversation);
  if (path === undefined) return undefined;
  const places = new Map<string, TranscriptEvent & { type: "prompt" | "answer" | "link" }>();
  let last: string | undefined;
  for (const event of readTranscript(agent, path, 0)) {
    if (event.type === "forked") continue;
    if (event.messageId !== undefined) places.set(event.messageId, event);
    if (isWanted(event, promptId === undefined ? { text: prompt } : { promptId })) last = event.messageId;
  }
  // Follow the parent links, not the file's order: messages of an earlier attempt are on a branch of their
  // own.
  const seen = new Set<string>();
  let place = last === undefined ? undefined : places.get(last)?.parentId;
  while (place !== undefined && !seen.has(place)) {
    seen.add(place);
    const event = places.get(place);
    if (event?.type === "prompt" || event?.type === "answer") return place;
    place = event?.parentId;
  }
  return undefined;
}

function* readTranscript(agent: Agent, path: string, from: number): Generator<TranscriptEvent> {
  for (const line of readLines(path, from)) {
    const event = agent.readTranscript?.(parseJson(line));
    if (event !== undefined) yield event;
  }
}
