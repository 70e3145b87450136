import type { Agent } from "../domain/agent.ts";
import type { SessionKey, TranscriptState } from "../domain/session.ts";
import type { TranscriptEvent } from "../domain/transcript.ts";
import { parseJson } from "../system/json-lines.ts";
import { fileState } from "../system/kept-copy.ts";
import { readLines } from "../system/read-lines.ts";
import type { Context } from "./context.ts";
import { findTranscript } from "./transcript.ts";

/** What the agent's own record says of a turn whose end nobody saw. */
export interface TurnEvidence {
  /** Whether the prompt is part of the conversation, so that it will be read again with the next one. */
  hasPrompt: boolean;
  /** The answer, where the agent had finished it. */
  answer?: string;
}

/**
 * Looks for a turn in what was added to the transcript since the turn before. Undefined when there is no
 * transcript to look into.
 */
export function findEvidence(
  context: Context,
  agent: Agent,
  key: SessionKey,
  before: TranscriptState | undefined,
  prompt: string,
): TurnEvidence | undefined {
  const path = findTranscript(context, agent, key, before);
  const found = path === undefined ? undefined : fileState(path);
  if (path === undefined || found === undefined) return undefined;
  const from = before !== undefined && before.bytes <= found.bytes ? before.bytes : 0;
  const evidence: TurnEvidence = { hasPrompt: false };
  for (const event of readTranscript(agent, path, from)) {
    if (event.type === "prompt") {
      evidence.hasPrompt = isSame(event.text, prompt);
      delete evidence.answer;
    } else if (event.type === "answer" && evidence.hasPrompt && event.isFinal) {
      evidence.answer = event.text;
    }
  }
  return evidence;
}

/**
 * The last thing that was said in a conversation before a prompt, as a place to go back to. Undefined where
 * the prompt opened the conversation, or is not in it.
 */
export function findPlaceBefore(
  context: Context,
  agent: Agent,
  key: SessionKey,
  last: TranscriptState | undefined,
  prompt: string,
): string | undefined {
  const path = findTranscript(context, agent, key, last);
  if (path === undefined) return undefined;
  let latest: string | undefined;
  let place: string | undefined;
  for (const event of readTranscript(agent, path, 0)) {
    if (event.type === "prompt" && isSame(event.text, prompt)) place = latest;
    if (event.type !== "forked") latest = event.messageId ?? latest;
  }
  return place;
}

function* readTranscript(agent: Agent, path: string, from: number): Generator<TranscriptEvent> {
  for (const line of readLines(path, from)) {
    const event = agent.readTranscript(parseJson(line));
    if (event !== undefined) yield event;
  }
}

/** Agents trim what they read. */
function isSame(text: string, prompt: string): boolean {
  return text.trim() === prompt.trim();
}
